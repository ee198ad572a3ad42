package dev.msqd.layout;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * What all queues of a daemon share: two files of a page each in the hot directory. Clients map the limits for reading only:
 * who breaks the rules must not change them for others.
 *
 * <pre>
 *  Limits: stored by the daemon alone
 *  +---------------------------------------------------------------+
 *  |  Ready: magic and version, written last                       |
 *  +---------------------------------------------------------------+
 *  |  msgmax: longest message, bytes                               |
 *  +---------------------------------------------------------------+
 *  |  msgtql: most messages on all queues together; 0 no limit     |
 *  +---------------------------------------------------------------+
 *  |  Logged: when the daemon last had written what there was to   |
 *  |  log, nanoseconds of the monotonic clock                      |
 *  +---------------------------------------------------------------+
 *  |  Max lag: how long senders go on after that, ns; 0: for ever  |
 *  +-------------------------------+-------------------------------+
 *  |  Trace: odd while calls are   |
 *  |  traced, goes up with changes |
 *  +-------------------------------+
 *
 *  Messages: kept while there is a msgtql
 *  +---------------------------------------------------------------+
 *  |  Ready: magic and version, written last                       |
 *  +-------------------------------+-------------------------------+ +128
 *  |  Changes, modulo 2^32         |  Messages on all queues       |   one word
 *  +-------------------------------+-------------------------------+ +256
 *  |  Bell: odd while somebody     |
 *  |  waits for it to ring         |   a futex
 *  +-------------------------------+
 * </pre>
 *
 * A message counts from before its record is claimed until after it is consumed, so the count is not below the truth, and
 * above it only by what is under way and by what the dead left. Changes tells the daemon that a count of its own is still true.
 * (Below it the count can be for a while where messages were sent before there was a limit, or to a queue in the moment of its removal.)
 */
public final class SystemDescriptor {
    public static final int READY_OFFSET = 0;
    public static final int MSGMAX_OFFSET = READY_OFFSET + SIZE_OF_LONG;
    public static final int MSGTQL_OFFSET = MSGMAX_OFFSET + SIZE_OF_LONG;

    public static final int LOGGED_OFFSET = MSGTQL_OFFSET + SIZE_OF_LONG;
    public static final int MAX_LAG_OFFSET = LOGGED_OFFSET + SIZE_OF_LONG;
    public static final int TRACE_OFFSET = MAX_LAG_OFFSET + SIZE_OF_LONG;

    public static final int COUNT_OFFSET = 2 * CACHE_LINE_LENGTH;
    public static final int BELL_OFFSET = 4 * CACHE_LINE_LENGTH;

    public static final int PAGE_LENGTH = 4096;

    private static final long MAGIC = 0x5351_534d_0000_0000L;
    private static final int VERSION = 3;

    /** What Ready holds once everything else of a new page is in place. */
    public static final long READY = MAGIC | VERSION;

    private SystemDescriptor() {}

    public static boolean isMagic(long ready) {
        return (ready & 0xFFFF_FFFF_0000_0000L) == MAGIC;
    }

    public static int version(long ready) {
        return (int) ready;
    }

    public static long messages(long count) {
        return count & 0xFFFF_FFFFL;
    }

    /** The word that follows {@code count} when the number of messages changes to {@code messages}. */
    public static long changed(long count, long messages) {
        return ((count >>> Integer.SIZE) + 1) << Integer.SIZE | messages;
    }

    public static boolean isTraced(int trace) {
        return (trace & 1) != 0;
    }

    public static boolean isArmed(int bell) {
        return (bell & 1) != 0;
    }

    public static int armed(int bell) {
        return bell | 1;
    }

    public static int rung(int bell) {
        return armed(bell) + 1;
    }
}
