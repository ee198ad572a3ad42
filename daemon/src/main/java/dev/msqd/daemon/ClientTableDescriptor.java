package dev.msqd.daemon;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The client table, a file of the hot directory: who may hold something in the queues' memory, so that a daemon that
 * starts again knows whom to watch. Little endian; it ends after the last entry that was ever used.
 *
 * <pre>
 *  +---------------------------------------------------------------+ 0
 *  |  Magic                                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Version                      |  Last client id given out     |
 *  +-------------------------------+-------------------------------+ 32: entries
 *  |  Client id; 0: free           |  Process id; 0: not visible   |
 *  +-------------------------------+-------------------------------+
 *  |  Effective uid                |  unused                       |
 *  +-------------------------------+-------------------------------+
 *  |  Start of the process, clock ticks since boot                 |
 *  +---------------------------------------------------------------+
 *  |  unused                                                       |
 *  +---------------------------------------------------------------+ 64: the next entry ...
 * </pre>
 *
 * The file lives as long as the boot, and so do the ids. Each update is one write within one page: whoever is killed
 * leaves the old entry or the new one.
 */
final class ClientTableDescriptor {
    static final long MAGIC = 0x5354_4E45_494C_434DL; // "MCLIENTS"
    static final int VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int LAST_CLIENT_ID_OFFSET = VERSION_OFFSET + SIZE_OF_INT;
    static final int HEADER_LENGTH = 32;

    static final int CLIENT_ID_OFFSET = 0;
    static final int PID_OFFSET = CLIENT_ID_OFFSET + SIZE_OF_INT;
    static final int UID_OFFSET = PID_OFFSET + SIZE_OF_INT;
    static final int START_TIME_OFFSET = UID_OFFSET + 2 * SIZE_OF_INT;
    static final int ENTRY_LENGTH = 32;

    /** More clients at a time are refused. */
    static final int MAX_ENTRIES = 65_536;

    private ClientTableDescriptor() {}

    /** Where an entry begins in the file. */
    static long entryOffset(int entry) {
        return HEADER_LENGTH + (long) entry * ENTRY_LENGTH;
    }
}
