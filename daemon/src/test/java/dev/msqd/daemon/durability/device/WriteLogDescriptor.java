package dev.msqd.daemon.durability.device;

/**
 * The log of writes as the kernel's dm-log-writes defines it and qemu's blklogwrites writes it. Little endian. Each entry
 * starts at a multiple of the sector size and is followed by the sectors that were written; a discard has none.
 *
 * <pre>
 *   0                               8
 *  +-------------------------------+-------------------------------+ 0
 *  |  Magic                        |  Version (1)                  |
 *  +-------------------------------+---------------+---------------+ 16
 *  |  Number of entries            |  Sector size  |               |
 *  +-------------------------------+---------------+---------------+
 *  |  zeros to the end of the sector                               |
 *  +---------------------------------------------------------------+ sector size
 *  |  entries                                                     ...
 *
 *  an entry:
 *  +-------------------------------+-------------------------------+ 0
 *  |  Sector                       |  Number of sectors            |
 *  +-------------------------------+-------------------------------+ 16
 *  |  Flags                        |  Length of a mark's text      |
 *  +-------------------------------+-------------------------------+
 *  |  zeros to the end of the sector                               |
 *  +---------------------------------------------------------------+ sector size
 *  |  what was written                                            ...
 * </pre>
 */
final class WriteLogDescriptor {
    static final long MAGIC = 0x6a736677736872L;
    static final long VERSION = 1;

    static final int MAGIC_OFFSET = 0;
    static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int ENTRIES_OFFSET = VERSION_OFFSET + Long.BYTES;
    static final int SECTOR_LENGTH_OFFSET = ENTRIES_OFFSET + Long.BYTES;

    static final int SECTOR_OFFSET = 0;
    static final int SECTORS_OFFSET = SECTOR_OFFSET + Long.BYTES;
    static final int FLAGS_OFFSET = SECTORS_OFFSET + Long.BYTES;
    static final int TEXT_LENGTH_OFFSET = FLAGS_OFFSET + Long.BYTES;

    static final long FLUSH = 1;
    static final long FUA = 2;
    static final long DISCARD = 4;
    static final long MARK = 8;

    private WriteLogDescriptor() {}
}
