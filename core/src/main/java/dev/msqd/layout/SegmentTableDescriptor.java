package dev.msqd.layout;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * An entry of the segment table: what a place of the queue's file holds.
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |  Word: state (3 bits) and the segment's number, or the tag of |
 *  |  the slot that is preparing the place                         |
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
 *
 *  HOLE ──allocate──▶ CLAIMED(tag) ──▶ PREPARED(number) ──append──▶ LINKED(number)
 *    ▲                  ▲      │             │ another was first        │ unlinked
 *    └───give back──────┼──────┘             ▼                          ▼
 *                       └───────────────── READY ◀──no pin, zeroed── RETIRED(number)
 * </pre>
 *
 * PREPARED becomes LINKED after the append, by whoever sees it first: a death in between stops nobody.
 *
 * An entry has a cache line of its own: senders store the hint while the reclaimer stores its progress elsewhere.
 */
public final class SegmentTableDescriptor {
    public static final int WORD_OFFSET = 0;
    public static final int NEXT_OFFSET = WORD_OFFSET + SIZE_OF_LONG;
    public static final int TOTAL_OFFSET = NEXT_OFFSET + SIZE_OF_LONG;
    public static final int APPEND_HINT_OFFSET = TOTAL_OFFSET + SIZE_OF_LONG;
    public static final int RECLAIM_PROGRESS_OFFSET = APPEND_HINT_OFFSET + SIZE_OF_LONG;
    public static final int PREPARER_OFFSET = RECLAIM_PROGRESS_OFFSET + SIZE_OF_LONG;
    public static final int ENTRY_LENGTH = CACHE_LINE_LENGTH;

    public static final int HOLE = 0;
    public static final int READY = 1;
    public static final int CLAIMED = 2;
    public static final int PREPARED = 3;
    public static final int LINKED = 4;
    public static final int RETIRED = 5;

    private static final int STATE_BITS = 3;

    private SegmentTableDescriptor() {}

    public static long word(int state, long numberOrTag) {
        return (numberOrTag << STATE_BITS) | state;
    }

    public static int state(long word) {
        return (int) word & ((1 << STATE_BITS) - 1);
    }

    /** The segment's number, or the tag of the slot that prepares the place. */
    public static long numberOrTag(long word) {
        return word >>> STATE_BITS;
    }
}
