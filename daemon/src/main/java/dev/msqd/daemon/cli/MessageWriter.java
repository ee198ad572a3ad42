package dev.msqd.daemon.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes messages to a stream, each with its newline or length in one piece.
 *
 * <p>Unbuffered, {@link #write} returns when the stream has taken the message whole. Called from a message handler,
 * which consumes the message by returning, that makes the stream the only place where a message can be lost: a process
 * killed at any moment has either left the message in its queue, or written it, or (killed between the write and the
 * return) both. Buffered, messages gather in a block of 64 KiB until it is full or {@link #flush} is called, and a
 * kill loses what the block holds.
 */
final class MessageWriter {
    /** How a message looks in the stream. */
    enum Format {
        /** The bytes and a newline. */
        LINE,
        /** The length as a big-endian 32-bit number and the bytes. */
        SIZE_PREFIXED,
        /** An object a line: type, length, and text (or base64, if it is not UTF-8). */
        JSON
    }

    private static final int BLOCK_LENGTH = 64 * 1024;
    private static final long FULL_STREAM_PAUSE_NS = 1_000_000;

    private final WritableByteChannel out;
    private final Format format;
    private final boolean buffered;
    private final UnsafeBuffer buffer = new UnsafeBuffer();
    private ByteBuffer block;
    private int limit;
    private int pending;

    MessageWriter(WritableByteChannel out, Format format, boolean buffered) {
        this.out = out;
        this.format = format;
        this.buffered = buffered;
        allocate(BLOCK_LENGTH);
    }

    void write(long mtype, DirectBuffer source, int offset, int length) throws IOException {
        write(null, mtype, source, offset, length, length);
    }

    /**
     * The same with more to tell.
     *
     * @param head       what an object begins with; null for nothing, and without objects
     * @param length     bytes of the message that are written
     * @param fullLength bytes of the whole message
     */
    void write(Json head, long mtype, DirectBuffer source, int offset, int length, int fullLength) throws IOException {
        switch (format) {
            case LINE -> {
                require(length + 1);
                buffer.putBytes(limit, source, offset, length);
                buffer.putByte(limit + length, (byte) '\n');
                limit += length + 1;
            }
            case SIZE_PREFIXED -> {
                require(Integer.BYTES + length);
                buffer.putInt(limit, length, ByteOrder.BIG_ENDIAN);
                buffer.putBytes(limit + Integer.BYTES, source, offset, length);
                limit += Integer.BYTES + length;
            }
            case JSON -> {
                byte[] line = json(head, mtype, source, offset, length, fullLength);
                require(line.length);
                buffer.putBytes(limit, line);
                limit += line.length;
            }
        }
        if (buffered) {
            pending++;
        } else {
            flush();
        }
    }

    /** Hands what is gathered to the stream, whole. If that fails, it is forgotten. */
    void flush() throws IOException {
        block.limit(limit).position(0);
        limit = 0;
        while (block.hasRemaining()) {
            if (out.write(block) == 0) {
                // Somebody made our stdout non-blocking, and it is full.
                LockSupport.parkNanos(FULL_STREAM_PAUSE_NS);
            }
        }
        pending = 0;
    }

    /** Messages gathered, but not (all) written. */
    int pending() {
        return pending;
    }

    private void require(int length) throws IOException {
        if (block.capacity() - limit < length) {
            flush();
            if (block.capacity() < length) {
                allocate(length);
            }
        }
    }

    private void allocate(int length) {
        block = ByteBuffer.allocateDirect(length);
        buffer.wrap(block);
    }

    private static byte[] json(Json head, long mtype, DirectBuffer source, int offset, int shownLength, int length) {
        byte[] shown = new byte[shownLength];
        source.getBytes(offset, shown);
        Json object = (head == null ? new Json() : head).put("type", mtype).put("length", length);
        return (object.putPayload(shown, shownLength < length) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
