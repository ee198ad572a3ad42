package dev.msqd.layout;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;
import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * A queue's file in the hot directory: the state page, the slots, the segment table, then the places that hold segments.
 * The file is sparse; a part is allocated before anybody stores to it, so that no store can fail for want of memory.
 *
 * <pre>
 *  +----------------------+ 0          state page (below)
 *  |  State page          |
 *  +----------------------+ 4 KiB      see SlotDescriptor
 *  |  Slots      4,096    |
 *  +----------------------+            a byte a slot: the key of the mtype that its receiver waits for, or 0: ask the slot
 *  |  Wanted              |
 *  +----------------------+            see SegmentTableDescriptor; most queues use the first 64 entries alone, and map no more
 *  |  Segment table       |
 *  +----------------------+ 8 MiB      the first MiB of places is near, where four segments or more fit: no segment reaches over its end
 *  |  Place 0             |            see RecordDescriptor; a place's address is counted from here
 *  |  Place 1  ...        |
 *  +----------------------+
 *
 *  Log fault: 0, or what keeps the log on disk from being written
 *   31                        17 16 15                             0
 *  +---------------------------+--+---------------------------------+
 *  |  0                        |R |  errno                          |   R: the ends of messages can't be written either
 *  +---------------------------+--+---------------------------------+
 *
 *  State page
 *  +---------------------------------------------------------------+ identity, written once, before Ready
 *  |  Ready: magic and version, written last                       |
 *  +-------------------------------+-------------------------------+
 *  |  msqid                        |  key                          |
 *  +-------------------------------+-------------------------------+
 *  |  Queue uuid (16 bytes)                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Segment length, of a place   |  unused                       |
 *  +-------------------------------+-------------------------------+
 *  |  Incarnation: random, tells this file from one made for the   |
 *  |  same queue before or after it                                |
 *  +-------------------------------+-------------------------------+ +128: rules, stored by the daemon alone
 *  |  Generation: goes up with every change of the fields below    |
 *  +---------------------------------------------------------------+
 *  |  Rescan epoch: goes up when a message went back to its place  |
 *  +---------------------------------------------------------------+
 *  |  qbytes                                                       |
 *  +---------------------------------------------------------------+
 *  |  ctime, seconds                                               |
 *  +-------------------------------+-------------------------------+
 *  |  mode                         |  removed (0 or 1)             |
 *  +-------------------------------+-------------------------------+
 *  |  uid          |  gid          |  cuid         |  cgid         |
 *  +-------------------------------+-------------------------------+
 *  |  Durability (its code)        |  Log fault (see below)        |
 *  +---------------------------------------------------------------+ +256: the chain
 *  |  Head: link of the oldest segment; 0 before the first send    |
 *  +---------------------------------------------------------------+
 *  |  Reclaimer: client id of the one who is reclaiming, 0 none    |
 *  +-------------------------------+-------------------------------+
 *  |  Place limit: table entries in use                            |
 *  +-------------------------------+-------------------------------+ +384: senders'
 *  |  Tail: link of the segment that is appended to, or one before |
 *  +---------------------------------------------------------------+
 *  |  Last send: seconds &lt;&lt; 22 | process id                         |
 *  +---------------------------------------------------------------+ +512: receivers'
 *  |  Last receive: seconds &lt;&lt; 22 | process id                      |
 *  +---------------------------------------------------------------+ +640
 *  |  Ticket: the last one given to a waiter                       |
 *  +---------------------------------------------------------------+ +768: read by every send
 *  |  Slot limit: slots in use are |  Receivers' fence (below)     |
 *  |  below it                     |                               |
 *  +-------------------------------+-------------------------------+
 *  |  Sender's bias (see BiasWord) |  unused                       |
 *  +-------------------------------+-------------------------------+
 *  |  Receivers armed: a bit a slot   (512 bytes)                  |
 *  +-------------------------------+-------------------------------+ +1408: read by every receive
 *  |  Senders' fence (below)       |  Receiver's bias              |
 *  +-------------------------------+-------------------------------+
 *  |  Shared before: position; a message before it may be marked   |
 *  |  as logged by the daemon at any moment                        |
 *  +---------------------------------------------------------------+
 *  |  Senders armed: a bit a slot     (512 bytes)                  |
 *  +-------------------------------+-------------------------------+ +2048: the log on disk, clients'
 *  |  Requested: goes up with each |  Log asleep: 1 while the      |
 *  |  wish for a commit; a futex   |  daemon waits for a request   |
 *  +-------------------------------+-------------------------------+ +2176: the daemon's
 *  |  Committed: requests up to    |                                   a futex
 *  |  this one are on disk         |
 *  +-------------------------------+-------------------------------+ +2184
 *  |  Retain from: number of the segment from which on none is     |
 *  |  given back, because its history is not on disk yet           |
 *  +---------------------------------------------------------------+ +2304: receivers'
 *  |  Consumed: not 0 if a segment may be marked as consumed       |
 *  +---------------------------------------------------------------+
 *
 *  Fence: who fences between its store (of a commit, of a total) and its look for those who sleep
 *   31                                                        2 1 0
 *  +-----------------------------------------------------------+---+   Changes: how often it was changed
 *  |  Changes                                                  |   |
 *  +-----------------------------------------------------------+---+
 *    0  FENCE_ARMING   who arms, by membarrier: nobody is armed, and a send or a receive is to cost no fence, and no look
 *    1  FENCE_CHANGING both: somebody is about to make it 2
 *    2  FENCE_CALLS    who sends or receives: somebody sleeps now and then
 *  Who arms, after it set its bit:          0, 1 ──▶ 1 ──membarrier──▶ 2;  2 ──▶ 2
 *  Who relaxes, if no bit was set since it read the word:  1, 2 ──▶ 0.  Each by CAS, with another number of changes
 * </pre>
 */
public final class StateDescriptor {
    public static final int READY_OFFSET = 0;
    public static final int MSQID_OFFSET = READY_OFFSET + SIZE_OF_LONG;
    public static final int KEY_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    public static final int UUID_HIGH_OFFSET = KEY_OFFSET + SIZE_OF_INT;
    public static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + SIZE_OF_LONG;
    public static final int SEGMENT_LENGTH_OFFSET = UUID_LOW_OFFSET + SIZE_OF_LONG;

    public static final int INCARNATION_OFFSET = SEGMENT_LENGTH_OFFSET + 2 * SIZE_OF_INT;

    public static final int GENERATION_OFFSET = 2 * CACHE_LINE_LENGTH;
    public static final int RESCAN_EPOCH_OFFSET = GENERATION_OFFSET + SIZE_OF_LONG;
    public static final int QBYTES_OFFSET = RESCAN_EPOCH_OFFSET + SIZE_OF_LONG;
    public static final int CTIME_OFFSET = QBYTES_OFFSET + SIZE_OF_LONG;
    public static final int MODE_OFFSET = CTIME_OFFSET + SIZE_OF_LONG;
    public static final int REMOVED_OFFSET = MODE_OFFSET + SIZE_OF_INT;
    public static final int UID_OFFSET = REMOVED_OFFSET + SIZE_OF_INT;
    public static final int GID_OFFSET = UID_OFFSET + SIZE_OF_INT;
    public static final int CUID_OFFSET = GID_OFFSET + SIZE_OF_INT;
    public static final int CGID_OFFSET = CUID_OFFSET + SIZE_OF_INT;

    public static final int DURABILITY_OFFSET = CGID_OFFSET + SIZE_OF_INT;
    public static final int LOG_FAULT_OFFSET = DURABILITY_OFFSET + SIZE_OF_INT;

    public static final int HEAD_OFFSET = 4 * CACHE_LINE_LENGTH;
    public static final int RECLAIMER_OFFSET = HEAD_OFFSET + SIZE_OF_LONG;
    public static final int PLACE_LIMIT_OFFSET = RECLAIMER_OFFSET + SIZE_OF_LONG;

    public static final int TAIL_OFFSET = 6 * CACHE_LINE_LENGTH;
    public static final int LAST_SEND_OFFSET = TAIL_OFFSET + SIZE_OF_LONG;

    public static final int LAST_RECEIVE_OFFSET = 8 * CACHE_LINE_LENGTH;

    public static final int TICKET_OFFSET = 10 * CACHE_LINE_LENGTH;

    /** How many endpoints a queue has at most, the daemon's included. */
    public static final int MAX_SLOTS = 4096;

    private static final int ARMED_LENGTH = MAX_SLOTS / Long.SIZE * SIZE_OF_LONG;

    public static final int SLOT_LIMIT_OFFSET = 12 * CACHE_LINE_LENGTH;
    public static final int RECEIVERS_FENCE_OFFSET = SLOT_LIMIT_OFFSET + SIZE_OF_INT;
    public static final int SENDER_BIAS_OFFSET = SLOT_LIMIT_OFFSET + SIZE_OF_LONG;
    public static final int RECEIVERS_ARMED_OFFSET = SENDER_BIAS_OFFSET + SIZE_OF_LONG;
    public static final int SENDERS_FENCE_OFFSET = align(RECEIVERS_ARMED_OFFSET + ARMED_LENGTH, 2 * CACHE_LINE_LENGTH);
    public static final int RECEIVER_BIAS_OFFSET = SENDERS_FENCE_OFFSET + SIZE_OF_INT;
    public static final int SHARED_BEFORE_OFFSET = SENDERS_FENCE_OFFSET + SIZE_OF_LONG;
    public static final int SENDERS_ARMED_OFFSET = SHARED_BEFORE_OFFSET + SIZE_OF_LONG;

    public static final int REQUESTED_OFFSET = 32 * CACHE_LINE_LENGTH;
    public static final int LOG_ASLEEP_OFFSET = REQUESTED_OFFSET + SIZE_OF_INT;
    public static final int COMMITTED_OFFSET = REQUESTED_OFFSET + 2 * CACHE_LINE_LENGTH;
    public static final int RETAIN_FROM_OFFSET = COMMITTED_OFFSET + SIZE_OF_LONG;
    public static final int CONSUMED_OFFSET = COMMITTED_OFFSET + 2 * CACHE_LINE_LENGTH;

    public static final int PAGE_LENGTH = 4096;
    public static final int SLOTS_OFFSET = PAGE_LENGTH;

    /** A page: so little that a sender reads through it faster than through the slots. */
    public static final int WANTED_OFFSET = SLOTS_OFFSET + MAX_SLOTS * SlotDescriptor.SLOT_LENGTH;

    public static final int SEGMENT_TABLE_OFFSET = WANTED_OFFSET + align(MAX_SLOTS, PAGE_LENGTH);

    /** Entries of the table that share a page with no others, and are mapped together with what is before them. */
    public static final int NEAR_ENTRIES = PAGE_LENGTH / SegmentTableDescriptor.ENTRY_LENGTH;

    /** How much of the file is mapped at once for all that most queues use of what is before the places. */
    public static final int NEAR_STATE_LENGTH = SEGMENT_TABLE_OFFSET + PAGE_LENGTH;

    /** Where the places begin. */
    public static final int PLACES_OFFSET =
        align(SEGMENT_TABLE_OFFSET + SegmentLink.MAX_PLACES * SegmentTableDescriptor.ENTRY_LENGTH, 1 << 23);

    private static final int NEAR_PLACES_LENGTH = 1 << 20;
    private static final int LEAST_NEAR_PLACES = 4;

    private static final long MAGIC = 0x4451_534d_0000_0000L;
    private static final int VERSION = 7;

    /** What Ready holds once everything else of a new file is in place. */
    public static final long READY = MAGIC | VERSION;

    public static final int FENCE_ARMING = 0;
    public static final int FENCE_CHANGING = 1;
    public static final int FENCE_CALLS = 2;
    private static final int FENCE_MASK = 3;

    private static final int PID_BITS = 22;
    private static final int ALSO_ENDS = 1 << 16;

    static {
        if (SENDERS_ARMED_OFFSET + ARMED_LENGTH > REQUESTED_OFFSET) {
            throw new AssertionError("the state page is full");
        }
    }

    private StateDescriptor() {}

    /** What keeps the log from being written: an errno, not 0, and whether that concerns the ends of messages, too. */
    public static int logFault(int errno, boolean alsoEnds) {
        return alsoEnds ? errno | ALSO_ENDS : errno;
    }

    public static int faultErrno(int logFault) {
        return logFault & (ALSO_ENDS - 1);
    }

    public static boolean isFaultAlsoOfEnds(int logFault) {
        return (logFault & ALSO_ENDS) != 0;
    }

    /** What stands for an mtype in Wanted: 1 to 255. Several have the same. */
    public static byte wantedKey(long mtype) {
        return (byte) (1 + Long.remainderUnsigned(mtype, 255));
    }

    public static int fence(int word) {
        return word & FENCE_MASK;
    }

    /** The fence word after {@code word}. */
    public static int nextFence(int word, int fence) {
        return (word & ~FENCE_MASK) + FENCE_MASK + 1 | fence;
    }

    public static boolean isMagic(long ready) {
        return (ready & 0xFFFF_FFFF_0000_0000L) == MAGIC;
    }

    public static int version(long ready) {
        return (int) ready;
    }

    /** Bytes of the first places that are mapped by themselves and not crossed by a long segment; 0 if there are none. */
    public static int nearPlacesLength(int segmentLength) {
        return segmentLength <= NEAR_PLACES_LENGTH / LEAST_NEAR_PLACES ? NEAR_PLACES_LENGTH : 0;
    }

    public static int slotOffset(int slot) {
        return SLOTS_OFFSET + slot * SlotDescriptor.SLOT_LENGTH;
    }

    public static int entryOffset(int place) {
        return SEGMENT_TABLE_OFFSET + place * SegmentTableDescriptor.ENTRY_LENGTH;
    }

    /** Who sent or received last, and when. */
    public static long lastWord(long seconds, int pid) {
        return (seconds << PID_BITS) | pid;
    }

    public static long lastSeconds(long word) {
        return word >>> PID_BITS;
    }

    public static int lastPid(long word) {
        return (int) word & ((1 << PID_BITS) - 1);
    }

    private static int align(int value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
