package dev.msqd.layout;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * An entry of the segment table: what a place of the queue's file holds.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |  Word: state (3 bits) and the segment's number, or the tag of |
 *  |  the slot that is preparing the place, or the head's place    |
 *  +---------------------------------------------------------------+
 *  |  Next: link of the segment after this one, 0 at the end       |
 *  +---------------------------------------------------------------+
 *  |  Total: quantity sent before the segment's first record       |
 *  +---------------------------------------------------------------+
 *  |  Append hint: offset of a committed record near the end       |
 *  +---------------------------------------------------------------+
 *  |  Reclaim progress: everything before this offset is terminal  |
 *  +---------------------------------------------------------------+
 *  |  Preparer: tag of the slot that made the entry PREPARED       |
 *  +---------------------------------------------------------------+
 *  |  Length: bytes of the segment, see below                      |
 *  +---------------------------------------------------------------+
 *  |  Consumed: not 0 if a logged message was received since the   |
 *  |  daemon last looked                                           |
 *  +---------------------------------------------------------------+
 *
 *  HOLE ──allocate──▶ CLAIMED(tag) ◀──▶ PREPARED(number) ──append──▶ LINKED(number)
 *    ▲                  ▲      │             │ another was first        │ unlinked
 *    └───give back──────┼──────┘             ▼                          ▼
 *                       └───────────────── READY ◀──no pin, zeroed── RETIRED(number)
 * </pre>
 *
 * PREPARED becomes LINKED after the append, by whoever sees it first: a death in between stops nobody.
 *
 * <p>A segment is as long as a place, unless it holds a record that is longer. Such a <em>long segment</em> spans several places
 * of one window:
 *
 * <pre>
 *   head           head + 1        head + 2
 *  +---------------+---------------+---------------+
 *  | LINKED        | PART(head)    | PART(head)    |
 *  +---------------+---------------+---------------+
 *  | the record, one and no other ........ |  zero |
 *  +---------------------------------------+-------+
 *  0                                       Length
 * </pre>
 *
 * Followers are marked from the first to the last and freed from the last to the first, before the head is: at any time those
 * that are marked stand together behind the head, and whoever owns the head owns them. Nobody else touches them.
 *
 * <p>An entry has a cache line of its own: senders store the hint while the reclaimer stores its progress elsewhere.
 */
public final class SegmentTableDescriptor {
    public static final int WORD_OFFSET = 0;
    public static final int NEXT_OFFSET = WORD_OFFSET + SIZE_OF_LONG;
    public static final int TOTAL_OFFSET = NEXT_OFFSET + SIZE_OF_LONG;
    public static final int APPEND_HINT_OFFSET = TOTAL_OFFSET + SIZE_OF_LONG;
    public static final int RECLAIM_PROGRESS_OFFSET = APPEND_HINT_OFFSET + SIZE_OF_LONG;
    public static final int PREPARER_OFFSET = RECLAIM_PROGRESS_OFFSET + SIZE_OF_LONG;
    public static final int LENGTH_OFFSET = PREPARER_OFFSET + SIZE_OF_LONG;
    public static final int CONSUMED_OFFSET = LENGTH_OFFSET + SIZE_OF_LONG;
    public static final int ENTRY_LENGTH = CACHE_LINE_LENGTH;

    public static final int HOLE = 0;
    public static final int READY = 1;
    public static final int CLAIMED = 2;
    public static final int PREPARED = 3;
    public static final int LINKED = 4;
    public static final int RETIRED = 5;
    /** A follower of a long segment, or of one that is being prepared. */
    public static final int PART = 6;

    private static final int STATE_BITS = 3;

    private SegmentTableDescriptor() {}

    /** A state with what goes with it: a segment's number, a tag, or for {@link #PART} the head's place. */
    public static long word(int state, long detail) {
        return (detail << STATE_BITS) | state;
    }

    public static int state(long word) {
        return (int) word & ((1 << STATE_BITS) - 1);
    }

    /** What goes with the state: the segment's number, the tag of the slot that prepares the place, or the head's place. */
    public static long detail(long word) {
        return word >>> STATE_BITS;
    }
}
