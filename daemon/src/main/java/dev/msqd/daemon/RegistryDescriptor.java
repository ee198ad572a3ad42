package dev.msqd.daemon;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.QueueName;

/**
 * The registry file: which queues there are. Little endian. The file is sparse: entries never used are zero.
 *
 * <pre>
 *  +----------------------+ 0
 *  |  Header, copy A, B   |  512 bytes each
 *  +----------------------+ 4 KiB
 *  |  Entry 0, copy A, B  |  512 bytes each
 *  |  Entry 1, copy A, B  |
 *  |  ...                 |
 *  |  Entry 32,767        |
 *  +----------------------+ 4 KiB + 32 MiB
 *
 *  Header copy
 *  +---------------------------------------------------------------+
 *  |  Counter: version of this copy                                |
 *  +---------------------------------------------------------------+
 *  |  Magic                                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Format version               |  unused                       |
 *  +-------------------------------+-------------------------------+
 *  |  Data directory's uuid (16 bytes)                             |
 *  +---------------------------------------------------------------+
 *  |  Epoch: how often a daemon started here                       |
 *  +---------------------------------------------------------------+
 *  |  Serial, and msqid, of the last creation known at that start  |
 *  +-------------------------------+-------------------------------+
 *  |                               |                    at 508: CRC|
 *  +-------------------------------+-------------------------------+
 *
 *  Entry copy
 *  +---------------------------------------------------------------+
 *  |  Counter: version of this copy                                |
 *  +-------------------------------+-------------------------------+
 *  |  State: 0 free 1 live 2 removed|  msqid                       |
 *  +-------------------------------+-------------------------------+
 *  |  key                          |  uid                          |
 *  +-------------------------------+-------------------------------+
 *  |  gid                          |  cuid                         |
 *  +-------------------------------+-------------------------------+
 *  |  cgid                         |  mode                         |
 *  +-------------------------------+-------------------------------+
 *  |  Segment length               |  Durability (its code)        |
 *  +-------------------------------+-------------------------------+
 *  |  qbytes                                                       |
 *  +---------------------------------------------------------------+
 *  |  ctime, seconds                                               |
 *  +---------------------------------------------------------------+
 *  |  Serial: how many queues were created up to this one          |
 *  +---------------------------------------------------------------+
 *  |  Queue uuid (16 bytes)                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Length of the name           |  Name: 255 bytes of UTF-8    ...
 *  +-------------------------------+-------------------------------+
 *  |  Retention, seconds                                           |
 *  +---------------------------------------------------------------+
 *  |  Retention, bytes                                             |
 *  +-------------------------------+-------------------------------+
 *  |                               |                    at 508: CRC|
 *  +-------------------------------+-------------------------------+
 * </pre>
 *
 * A copy with an even counter lies at A, one with an odd counter at B, so an update (counter + 1) always overwrites the
 * older one. The CRC is CRC32C of the 508 bytes before it. A copy that is all zero was never written and counts as
 * valid, free, counter 0.
 */
final class RegistryDescriptor {
    static final long MAGIC = 0x5953_4947_4552_514DL; // "MQREGISY"
    static final int FORMAT_VERSION = 1;

    static final int ENTRIES = 1 << MsqidDs.INDEX_BITS;
    static final int COPY_LENGTH = 512;
    static final int ENTRY_LENGTH = 2 * COPY_LENGTH;
    static final int HEADER_OFFSET = 0;
    static final int ENTRIES_OFFSET = 4096;
    static final int FILE_LENGTH = ENTRIES_OFFSET + ENTRIES * ENTRY_LENGTH;

    static final int COUNTER_OFFSET = 0;
    static final int CRC_OFFSET = COPY_LENGTH - SIZE_OF_INT;

    static final int MAGIC_OFFSET = COUNTER_OFFSET + SIZE_OF_LONG;
    static final int FORMAT_VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int DIRECTORY_UUID_HIGH_OFFSET = FORMAT_VERSION_OFFSET + 2 * SIZE_OF_INT;
    static final int DIRECTORY_UUID_LOW_OFFSET = DIRECTORY_UUID_HIGH_OFFSET + SIZE_OF_LONG;
    static final int EPOCH_OFFSET = DIRECTORY_UUID_LOW_OFFSET + SIZE_OF_LONG;
    static final int LAST_SERIAL_OFFSET = EPOCH_OFFSET + SIZE_OF_LONG;
    static final int LAST_MSQID_OFFSET = LAST_SERIAL_OFFSET + SIZE_OF_LONG;

    static final int STATE_OFFSET = COUNTER_OFFSET + SIZE_OF_LONG;
    static final int MSQID_OFFSET = STATE_OFFSET + SIZE_OF_INT;
    static final int KEY_OFFSET = MSQID_OFFSET + SIZE_OF_INT;
    static final int UID_OFFSET = KEY_OFFSET + SIZE_OF_INT;
    static final int GID_OFFSET = UID_OFFSET + SIZE_OF_INT;
    static final int CUID_OFFSET = GID_OFFSET + SIZE_OF_INT;
    static final int CGID_OFFSET = CUID_OFFSET + SIZE_OF_INT;
    static final int MODE_OFFSET = CGID_OFFSET + SIZE_OF_INT;
    static final int SEGMENT_LENGTH_OFFSET = MODE_OFFSET + SIZE_OF_INT;
    static final int DURABILITY_OFFSET = SEGMENT_LENGTH_OFFSET + SIZE_OF_INT;
    static final int QBYTES_OFFSET = DURABILITY_OFFSET + SIZE_OF_INT;
    static final int CTIME_OFFSET = QBYTES_OFFSET + SIZE_OF_LONG;
    static final int SERIAL_OFFSET = CTIME_OFFSET + SIZE_OF_LONG;
    static final int UUID_HIGH_OFFSET = SERIAL_OFFSET + SIZE_OF_LONG;
    static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + SIZE_OF_LONG;
    static final int NAME_LENGTH_OFFSET = UUID_LOW_OFFSET + SIZE_OF_LONG;
    static final int NAME_OFFSET = NAME_LENGTH_OFFSET + SIZE_OF_INT;

    static final int KEEP_SECONDS_OFFSET = NAME_OFFSET + 256;
    static final int KEEP_BYTES_OFFSET = KEEP_SECONDS_OFFSET + SIZE_OF_LONG;

    static final int FREE = 0;
    static final int LIVE = 1;
    static final int REMOVED = 2;

    static {
        if (NAME_OFFSET + QueueName.MAX_LENGTH > KEEP_SECONDS_OFFSET || KEEP_BYTES_OFFSET + SIZE_OF_LONG > CRC_OFFSET) {
            throw new AssertionError("a copy is too short for its fields");
        }
    }

    private RegistryDescriptor() {}

    /** Where an entry's two copies begin in the file. */
    static int entryOffset(int index) {
        return ENTRIES_OFFSET + index * ENTRY_LENGTH;
    }

    /** Where the copy with this counter lies among the two. */
    static int copyOffset(long counter) {
        return (int) (counter & 1) * COPY_LENGTH;
    }
}
