package dev.msqd.bench.durable;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A log of our own in its smallest form: batches with a checksum each, written with one call into blocks that hold zeros
 * already, then synced. It is never opened again for writing: who recovers reads to the first batch that is not whole, and begins a
 * new file.
 */
final class BatchFile implements DurableLog {
    /** Zeros are written so far ahead at once. They reach the disk by the sync of the batch that needed them. */
    static final int STEP_LENGTH = 1 << 20;

    private final FileChannel file;
    private final int alignment;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(STEP_LENGTH);
    private final ByteBuffer batch = ByteBuffer.allocateDirect(STEP_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long number;
    private long position;
    private long prepared;

    private BatchFile(FileChannel file, int alignment) {
        this.file = file;
        this.alignment = alignment;
    }

    /**
     * @param alignment of batches in bytes, a power of two. Of a page: no sync writes a block again that an earlier one has made
     *     durable. Of 8: many small batches share a block, and rely on it that a write in a power cut leaves equal bytes alone.
     */
    static BatchFile create(Path path, int alignment) throws IOException {
        BatchFile log = new BatchFile(
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), alignment);
        log.prepare();
        log.file.force(true);
        return log;
    }

    @Override
    public void append(List<ByteBuffer> messages) throws IOException {
        batch.clear().position(BatchDescriptor.MESSAGES_OFFSET);
        for (ByteBuffer message : messages) {
            batch.putInt(message.remaining()).put(message.duplicate());
        }
        int end = batch.position();
        batch.putInt(BatchDescriptor.LENGTH_OFFSET, end - BatchDescriptor.LENGTH_OFFSET)
            .putLong(BatchDescriptor.NUMBER_OFFSET, number)
            .putInt(BatchDescriptor.COUNT_OFFSET, messages.size())
            .putInt(BatchDescriptor.CRC_OFFSET, checksum(batch, end));
        while (position + aligned(end) > prepared) {
            prepare();
        }
        write(file, batch.limit(end).position(0), position);
        file.force(false);
        position += aligned(end);
        number++;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** What a recovery would find: the messages before the first batch that is not whole. */
    static List<ByteBuffer> read(Path path, int alignment) throws IOException {
        ByteBuffer all = readAll(path);
        CRC32C crc = new CRC32C();
        List<ByteBuffer> messages = new ArrayList<>();
        int position = 0;
        for (long number = 0; all.capacity() - position >= BatchDescriptor.MESSAGES_OFFSET; number++) {
            ByteBuffer batch = all.slice(position, all.capacity() - position).order(ByteOrder.LITTLE_ENDIAN);
            int length = batch.getInt(BatchDescriptor.LENGTH_OFFSET);
            int end = BatchDescriptor.LENGTH_OFFSET + length;
            if (length < BatchDescriptor.MESSAGES_OFFSET - BatchDescriptor.LENGTH_OFFSET || length > STEP_LENGTH
                || end > batch.capacity() || batch.getLong(BatchDescriptor.NUMBER_OFFSET) != number
                || batch.getInt(BatchDescriptor.CRC_OFFSET) != checksum(crc, batch, end)) {
                break;
            }
            batch.position(BatchDescriptor.MESSAGES_OFFSET);
            for (int count = batch.getInt(BatchDescriptor.COUNT_OFFSET); count > 0; count--) {
                int messageLength = batch.getInt();
                messages.add(batch.slice(batch.position(), messageLength));
                batch.position(batch.position() + messageLength);
            }
            position += aligned(end, alignment);
        }
        return messages;
    }

    /** Writes all that remains; returns how many bytes that was. */
    static int write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        int length = bytes.remaining();
        for (long at = position; bytes.hasRemaining();) {
            at += file.write(bytes, at);
        }
        return length;
    }

    private void prepare() throws IOException {
        prepared += write(file, zeros.clear(), prepared);
    }

    private int checksum(ByteBuffer whole, int end) {
        return checksum(crc, whole, end);
    }

    private static int checksum(CRC32C crc, ByteBuffer batch, int end) {
        crc.reset();
        crc.update(batch.duplicate().limit(end).position(BatchDescriptor.LENGTH_OFFSET));
        return (int) crc.getValue();
    }

    private int aligned(int length) {
        return aligned(length, alignment);
    }

    private static int aligned(int length, int alignment) {
        return length + alignment - 1 & -alignment;
    }

    private static ByteBuffer readAll(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(file.size()));
            while (all.hasRemaining()) {
                if (file.read(all, all.position()) < 0) {
                    throw new EOFException(path + " became shorter while it was read");
                }
            }
            return all;
        }
    }
}
