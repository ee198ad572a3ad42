package dev.msqd.daemon.journal;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * A batch of entries in a log's file, little-endian: whole or not there. Zeros where one would begin: the end.
 *
 * <pre>
 *  Batch
 *  +-------------------------------+-------------------------------+
 *  |  CRC32C of the file's salt    |  Length of the batch, without |
 *  |  and of all that follows      |  the zeros at its end         |
 *  +-------------------------------+-------------------------------+
 *  |  Sequence: one more than the batch's before, in its file      |
 *  +---------------------------------------------------------------+
 *  |  Synced: all batches up to this sequence were on disk         |
 *  +---------------------------------------------------------------+
 *  |  Last send, as in the state page                              |
 *  +---------------------------------------------------------------+
 *  |  Last receive, as in the state page                           |
 *  +---------------------------------------------------------------+
 *  |  Written, ms since the epoch                                  |
 *  +-------------------------------+-------------------------------+
 *  |  Replay from: number of the   |  unused                       |
 *  |  oldest file that is needed,  |                               |
 *  |  0 if no checkpoint is whole  |                               |
 *  +-------------------------------+-------------------------------+
 *  |  Entries                                                     ...
 * ...                              then zeros to a multiple of 4 KiB |
 *  +---------------------------------------------------------------+
 *
 *  Entry: SEND. Adds a message, or moves it here.
 *  +-------------------------------+-------------------------------+
 *  |  Kind                         |  Length of the payload        |
 *  +-------------------------------+-------------------------------+
 *  |  Position: tells the message from all others of its           |
 *  |  incarnation, and its place in the order                      |
 *  +---------------------------------------------------------------+
 *  |  mtype                                                        |
 *  +---------------------------------------------------------------+
 *  |  Payload                                                     ...
 * ...                            padded to a multiple of 8 bytes   |
 *  +---------------------------------------------------------------+
 *
 *  Entry: CONSUMED. The messages from first to last are received.
 *  +-------------------------------+-------------------------------+
 *  |  Kind                         |  0                            |
 *  +-------------------------------+-------------------------------+
 *  |  First position                                               |
 *  +---------------------------------------------------------------+
 *  |  Last position                                                |
 *  +---------------------------------------------------------------+
 *
 *  Entry: CHECKPOINT_BEGIN. All live messages of an incarnation follow, among other entries.
 *  +-------------------------------+-------------------------------+
 *  |  Kind                         |  0                            |
 *  +-------------------------------+-------------------------------+
 *  |  Incarnation                                                  |
 *  +---------------------------------------------------------------+
 *
 *  Entry: CHECKPOINT_END, CLEAN_STOP
 *  +-------------------------------+-------------------------------+
 *  |  Kind                         |  0                            |
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
final class BatchDescriptor {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = CRC_OFFSET + SIZE_OF_INT;
    static final int SEQUENCE_OFFSET = LENGTH_OFFSET + SIZE_OF_INT;
    static final int SYNCED_OFFSET = SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int LAST_SEND_OFFSET = SYNCED_OFFSET + SIZE_OF_LONG;
    static final int LAST_RECEIVE_OFFSET = LAST_SEND_OFFSET + SIZE_OF_LONG;
    static final int WRITTEN_MS_OFFSET = LAST_RECEIVE_OFFSET + SIZE_OF_LONG;
    static final int REPLAY_FROM_OFFSET = WRITTEN_MS_OFFSET + SIZE_OF_LONG;
    static final int ENTRIES_OFFSET = REPLAY_FROM_OFFSET + 2 * SIZE_OF_INT;

    static final int SEND = 1;
    static final int CONSUMED = 2;
    static final int CHECKPOINT_BEGIN = 3;
    static final int CHECKPOINT_END = 4;
    static final int CLEAN_STOP = 5;

    static final int KIND_OFFSET = 0;
    static final int PAYLOAD_LENGTH_OFFSET = KIND_OFFSET + SIZE_OF_INT;
    static final int ENTRY_HEADER_LENGTH = PAYLOAD_LENGTH_OFFSET + SIZE_OF_INT;

    static final int POSITION_OFFSET = ENTRY_HEADER_LENGTH;
    static final int MTYPE_OFFSET = POSITION_OFFSET + SIZE_OF_LONG;
    static final int PAYLOAD_OFFSET = MTYPE_OFFSET + SIZE_OF_LONG;

    static final int FIRST_OFFSET = ENTRY_HEADER_LENGTH;
    static final int LAST_OFFSET = FIRST_OFFSET + SIZE_OF_LONG;
    static final int CONSUMED_LENGTH = LAST_OFFSET + SIZE_OF_LONG;

    static final int INCARNATION_OFFSET = ENTRY_HEADER_LENGTH;
    static final int CHECKPOINT_BEGIN_LENGTH = INCARNATION_OFFSET + SIZE_OF_LONG;

    static final int ALIGNMENT = 8;

    /** The longest payload: a batch's length is an int, rounded up to pages. */
    static final int MAX_PAYLOAD_LENGTH = Integer.MAX_VALUE - 2 * LogFileDescriptor.PAGE_LENGTH;

    private BatchDescriptor() {}

    /** Of a message, padding included. */
    static int sendLength(int payloadLength) {
        return PAYLOAD_OFFSET + payloadLength + (ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Of an entry, padding included, from its first word; 0 if there is no such kind.
     *
     * @param payloadLength from 0 to {@link #MAX_PAYLOAD_LENGTH}; else the result is 0 as well.
     */
    static int entryLength(int kind, int payloadLength) {
        if (payloadLength < 0 || payloadLength > (kind == SEND ? MAX_PAYLOAD_LENGTH : 0)) {
            return 0;
        }
        return switch (kind) {
            case SEND -> sendLength(payloadLength);
            case CONSUMED -> CONSUMED_LENGTH;
            case CHECKPOINT_BEGIN -> CHECKPOINT_BEGIN_LENGTH;
            case CHECKPOINT_END, CLEAN_STOP -> ENTRY_HEADER_LENGTH;
            default -> 0;
        };
    }
}
