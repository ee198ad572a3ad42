package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Whose hot directory it is. Little endian:
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |  Magic                                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Version                      |  Length of the path           |
 *  +-------------------------------+-------------------------------+
 *  |  Data directory's uuid (16 bytes)                             |
 *  +---------------------------------------------------------------+
 *  |  Boot id: of the boot it was made in (16 bytes)               |
 *  +---------------------------------------------------------------+
 *  |  Data directory's path, UTF-8                                ...
 *  +-------------------------------+-------------------------------+
 *  |  CRC32C of the above          |
 *  +-------------------------------+
 * </pre>
 *
 * @param id            the data directory's identity
 * @param dataDirectory its real path when it took possession
 * @param bootId        tells one run of the machine from another
 */
record OwnerFile(UUID id, String dataDirectory, UUID bootId) {
    private static final long MAGIC = 0x5245_4E57_4F54_484DL; // "MHTOWNER"
    private static final int VERSION = 3;
    private static final int MAGIC_OFFSET = 0;
    private static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    private static final int PATH_LENGTH_OFFSET = VERSION_OFFSET + Integer.BYTES;
    private static final int UUID_HIGH_OFFSET = PATH_LENGTH_OFFSET + Integer.BYTES;
    private static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + Long.BYTES;
    private static final int BOOT_HIGH_OFFSET = UUID_LOW_OFFSET + Long.BYTES;
    private static final int BOOT_LOW_OFFSET = BOOT_HIGH_OFFSET + Long.BYTES;
    private static final int PATH_OFFSET = BOOT_LOW_OFFSET + Long.BYTES;

    /** Writes a new file. */
    void write(Path file) throws IOException {
        byte[] path = dataDirectory.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(PATH_OFFSET + path.length + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN)
            .putLong(MAGIC_OFFSET, MAGIC)
            .putInt(VERSION_OFFSET, VERSION)
            .putInt(PATH_LENGTH_OFFSET, path.length)
            .putLong(UUID_HIGH_OFFSET, id.getMostSignificantBits())
            .putLong(UUID_LOW_OFFSET, id.getLeastSignificantBits())
            .putLong(BOOT_HIGH_OFFSET, bootId.getMostSignificantBits())
            .putLong(BOOT_LOW_OFFSET, bootId.getLeastSignificantBits())
            .put(PATH_OFFSET, path);
        bytes.putInt(PATH_OFFSET + path.length, crc(bytes));
        Files.write(file, bytes.array());
    }

    /**
     * Reads a file.
     *
     * @throws ErrnoException EIO naming it: damaged, or of another version
     */
    static OwnerFile read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.capacity() < PATH_OFFSET + Integer.BYTES || bytes.getLong(MAGIC_OFFSET) != MAGIC) {
            throw damaged(file);
        }
        int version = bytes.getInt(VERSION_OFFSET);
        if (version != VERSION) {
            throw new ErrnoException(Errno.EIO,
                file + " has version " + version + "; this msqd reads version " + VERSION);
        }
        int length = bytes.capacity() - PATH_OFFSET - Integer.BYTES;
        // Who is taken for another owner loses everything that is in memory alone.
        if (bytes.getInt(PATH_LENGTH_OFFSET) != length || bytes.getInt(PATH_OFFSET + length) != crc(bytes)) {
            throw damaged(file);
        }
        return new OwnerFile(new UUID(bytes.getLong(UUID_HIGH_OFFSET), bytes.getLong(UUID_LOW_OFFSET)),
            new String(bytes.array(), PATH_OFFSET, length, StandardCharsets.UTF_8),
            new UUID(bytes.getLong(BOOT_HIGH_OFFSET), bytes.getLong(BOOT_LOW_OFFSET)));
    }

    /** Of all but the last four bytes, where it is stored. */
    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, bytes.capacity() - Integer.BYTES));
        return (int) crc.getValue();
    }

    private static ErrnoException damaged(Path file) {
        return new ErrnoException(Errno.EIO, file + " does not say whose hot directory this is: it is damaged");
    }
}
