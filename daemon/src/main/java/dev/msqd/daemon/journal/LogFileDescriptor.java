package dev.msqd.daemon.journal;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * A file of a queue's log, little-endian: a header page, batches (see {@link BatchDescriptor}), zeros.
 *
 * <pre>
 *  +----------------------+ 0
 *  |  Header page         |  written and synced once, before the first batch
 *  +----------------------+ 4 KiB
 *  |  Batch               |  each begins at a multiple of 4 KiB, so no block that holds one is ever written again
 *  +----------------------+
 *  |  ...                 |
 *  +----------------------+
 *  |  Zeros               |  written ahead of the batches, so that a sync of a batch writes nothing else
 *  +----------------------+
 *
 *  Header page
 *  +---------------------------------------------------------------+
 *  |  Magic and format version                                     |
 *  +---------------------------------------------------------------+
 *  |  Queue uuid (16 bytes)                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Number of this file          |  Previous: number of the file |
 *  |                               |  that this one follows, or 0  |
 *  +-------------------------------+-------------------------------+
 *  |  Replay from: number of the   |  unused                       |
 *  |  oldest file that is needed,  |                               |
 *  |  0 if no checkpoint is whole  |                               |
 *  +-------------------------------+-------------------------------+
 *  |  First sequence: that of the first batch here                 |
 *  +---------------------------------------------------------------+
 *  |  Synced: all batches up to this sequence are on disk          |
 *  +---------------------------------------------------------------+
 *  |  Incarnation of the hot file whose messages these are         |
 *  +---------------------------------------------------------------+
 *  |  Made, ms since the epoch                                     |
 *  +---------------------------------------------------------------+
 *  |  Salt: random; every batch's checksum begins with it          |
 *  +-------------------------------+-------------------------------+
 *  |                                                 at 4,092: CRC |
 *  +-------------------------------+-------------------------------+
 * </pre>
 *
 * The CRC is CRC32C of the 4,092 bytes before it. Nobody but the daemon knows the salt, so neither a payload nor what
 * an older file left in its blocks can pass for a batch. Numbers of files that were never finished are missing from
 * the row of Previous.
 */
final class LogFileDescriptor {
    static final int PAGE_LENGTH = 4096;

    static final int MAGIC_OFFSET = 0;
    static final int UUID_HIGH_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + SIZE_OF_LONG;
    static final int NUMBER_OFFSET = UUID_LOW_OFFSET + SIZE_OF_LONG;
    static final int PREVIOUS_OFFSET = NUMBER_OFFSET + SIZE_OF_INT;
    static final int REPLAY_FROM_OFFSET = PREVIOUS_OFFSET + SIZE_OF_INT;
    static final int FIRST_SEQUENCE_OFFSET = REPLAY_FROM_OFFSET + 2 * SIZE_OF_INT;
    static final int SYNCED_OFFSET = FIRST_SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int INCARNATION_OFFSET = SYNCED_OFFSET + SIZE_OF_LONG;
    static final int MADE_MS_OFFSET = INCARNATION_OFFSET + SIZE_OF_LONG;
    static final int SALT_OFFSET = MADE_MS_OFFSET + SIZE_OF_LONG;
    static final int CRC_OFFSET = PAGE_LENGTH - SIZE_OF_INT;

    /** Where the first batch begins. */
    static final int HEADER_LENGTH = PAGE_LENGTH;

    private static final long MAGIC = 0x474F_4C51_0000_0000L; // "QLOG"
    static final int FORMAT_VERSION = 1;

    static final long MAGIC_AND_VERSION = MAGIC | FORMAT_VERSION;

    private LogFileDescriptor() {}

    static boolean isMagic(long word) {
        return (word & 0xFFFF_FFFF_0000_0000L) == MAGIC;
    }

    static int version(long word) {
        return (int) word;
    }

    /** Up to the next place where a batch may begin. */
    static long pageAligned(long length) {
        return length + (PAGE_LENGTH - 1) & -PAGE_LENGTH;
    }
}
