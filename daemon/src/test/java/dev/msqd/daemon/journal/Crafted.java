package dev.msqd.daemon.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** A file whose bytes are changed by somebody who can compute checksums. */
final class Crafted {
    private final PowerCutStorage storage;
    private final int number;
    private final ByteBuffer bytes;

    Crafted(PowerCutStorage storage, int number) {
        this.storage = storage;
        this.number = number;
        bytes = ByteBuffer.wrap(storage.content(number)).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** Gives the batch at an offset its checksum, if its length allows. */
    void seal(int offset) {
        int length = bytes.getInt(offset + BatchDescriptor.LENGTH_OFFSET);
        if (length >= BatchDescriptor.ENTRIES_OFFSET && length <= bytes.capacity() - offset) {
            BatchChecksum checksum = new BatchChecksum(bytes.getLong(LogFileDescriptor.SALT_OFFSET));
            bytes.putInt(offset + BatchDescriptor.CRC_OFFSET, checksum.of(bytes, offset, length));
        }
        put();
    }

    /** Gives the header its checksum. */
    void sealHeader() {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, LogFileDescriptor.CRC_OFFSET));
        bytes.putInt(LogFileDescriptor.CRC_OFFSET, (int) crc.getValue());
        put();
    }

    private void put() {
        storage.put(number, bytes.array());
    }
}
