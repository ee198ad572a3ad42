package dev.msqd.daemon.journal;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The spare file of a queue's log, little-endian: two copies, of which the one with the higher counter holds. The next one overwrites the other, so
 * one of the two is whole at any time, and nothing is ever added to the file.
 *
 * <pre>
 *  Copy. Those with odd counters are the second one. Another uuid: never written
 *  +-------------------------------+-------------------------------+
 *  |  CRC32C of all that follows   |  Length of the copy           |
 *  +-------------------------------+-------------------------------+
 *  |  Counter: one more than the other copy's                      |
 *  +---------------------------------------------------------------+
 *  |  Queue uuid (16 bytes)                                        |
 *  +---------------------------------------------------------------+
 *  |  Incarnation of the hot file whose positions these are        |
 *  +-------------------------------+-------------------------------+
 *  |  Below: number of the first   |  unused                       |
 *  |  file that this is not about  |                               |
 *  +-------------------------------+-------------------------------+
 *  |  First position                                               |
 *  +---------------------------------------------------------------+  for each range that counts
 *  |  Last position                                                |
 *  +---------------------------------------------------------------+
 * </pre>
 */
final class SpareDescriptor {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = CRC_OFFSET + SIZE_OF_INT;
    static final int COUNTER_OFFSET = LENGTH_OFFSET + SIZE_OF_INT;
    static final int UUID_HIGH_OFFSET = COUNTER_OFFSET + SIZE_OF_LONG;
    static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + SIZE_OF_LONG;
    static final int INCARNATION_OFFSET = UUID_LOW_OFFSET + SIZE_OF_LONG;
    static final int BELOW_OFFSET = INCARNATION_OFFSET + SIZE_OF_LONG;
    static final int RANGES_OFFSET = BELOW_OFFSET + 2 * SIZE_OF_INT;
    static final int RANGE_LENGTH = 2 * SIZE_OF_LONG;

    static final int COPY_LENGTH = 32 << 10;
    static final int FILE_LENGTH = 2 * COPY_LENGTH;
    static final int MAX_RANGES = (COPY_LENGTH - RANGES_OFFSET) / RANGE_LENGTH;

    private SpareDescriptor() {}

    static int copyOffset(long counter) {
        return (counter & 1) == 0 ? 0 : COPY_LENGTH;
    }
}
