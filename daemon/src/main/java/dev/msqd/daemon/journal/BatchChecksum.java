package dev.msqd.daemon.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of batches in one file: CRC32C of the file's salt and the batch from its length on. */
final class BatchChecksum {
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer salt = ByteBuffer.allocate(Long.BYTES);

    BatchChecksum(long salt) {
        this.salt.putLong(0, salt);
    }

    /** Of a batch that begins at an index; its length has been checked against the buffer. */
    int of(ByteBuffer buffer, int index, int length) {
        crc.reset();
        crc.update(salt.array());
        crc.update(buffer.slice(index + BatchDescriptor.LENGTH_OFFSET, length - BatchDescriptor.LENGTH_OFFSET));
        return (int) crc.getValue();
    }
}
