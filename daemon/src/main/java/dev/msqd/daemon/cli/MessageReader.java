package dev.msqd.daemon.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Cuts a stream of bytes into messages: big blocks are read, and each message is a range of the block, so that no byte
 * is copied or decoded on its way to the queue. A read returns what is there, so lines typed or piped in one by one are
 * handed on one by one.
 */
abstract class MessageReader {
    private static final int BLOCK_LENGTH = 256 * 1024;

    final int maxLength;
    final UnsafeBuffer buffer;
    /** Start of what is not consumed yet, end of what was read. */
    int position;
    int limit;
    int messageOffset;
    int messageLength;
    long number;

    private final ReadableByteChannel in;
    private final ByteBuffer block;

    private MessageReader(ReadableByteChannel in, int maxLength, int overhead) {
        this.in = in;
        this.maxLength = maxLength;
        this.block = ByteBuffer.allocateDirect(Math.max(BLOCK_LENGTH, Math.addExact(maxLength, overhead)));
        this.buffer = new UnsafeBuffer(block);
    }

    /** One message a line; the newline is not part of it, and the last line may lack one. */
    static MessageReader lines(ReadableByteChannel in, int maxLength) {
        return new Lines(in, maxLength);
    }

    /** One message after each big-endian 32-bit length. */
    static MessageReader sizePrefixed(ReadableByteChannel in, int maxLength) {
        return new SizePrefixed(in, maxLength);
    }

    /**
     * Goes on to the next message, which stays valid until the next call.
     *
     * @return false at the end of the stream
     * @throws MessageFormatException if it is longer than the limit, or cut off
     */
    abstract boolean next() throws IOException;

    /** Holds the message. */
    DirectBuffer buffer() {
        return buffer;
    }

    /** Where the message starts in the buffer. */
    int offset() {
        return messageOffset;
    }

    /** How long the message is in bytes. */
    int length() {
        return messageLength;
    }

    /** Reads more behind the limit, after moving what is left to the front if the block is full. False at the end. */
    boolean fill() throws IOException {
        if (position == limit) {
            position = 0;
            limit = 0;
        } else if (limit == block.capacity()) {
            block.limit(limit).position(position).compact();
            limit -= position;
            position = 0;
        }
        block.limit(block.capacity()).position(limit);
        int length = in.read(block);
        if (length < 0) {
            return false;
        }
        limit += length;
        return true;
    }

    /** The input breaks a limit or its own format; the message says where. */
    static final class MessageFormatException extends IOException {
        private static final long serialVersionUID = 1L;

        MessageFormatException(String message) {
            super(message);
        }
    }

    private static final class Lines extends MessageReader {
        private static final byte NEWLINE = '\n';
        private static final long EVERY_NEWLINE = 0x0A0A_0A0A_0A0A_0A0AL;
        private static final long EVERY_LOWEST_BIT = 0x0101_0101_0101_0101L;
        private static final long EVERY_HIGHEST_BIT = 0x8080_8080_8080_8080L;
        /** A line that does not end is measured no further than this. */
        private static final long MEASURED_LENGTH = 1L << 30;

        private Lines(ReadableByteChannel in, int maxLength) {
            super(in, maxLength, 1);
        }

        @Override
        boolean next() throws IOException {
            number++;
            int scanned = 0;
            while (true) {
                int end = indexOfNewline(position + scanned);
                if (end >= 0) {
                    return message(end - position, 1);
                }
                scanned = limit - position;
                if (scanned > maxLength) {
                    throw tooLong(measure());
                }
                if (!fill()) {
                    return scanned > 0 && message(scanned, 0);
                }
            }
        }

        private boolean message(int length, int terminator) throws MessageFormatException {
            if (length > maxLength) {
                throw tooLong(Integer.toString(length));
            }
            messageOffset = position;
            messageLength = length;
            position += length + terminator;
            return true;
        }

        /** Eight bytes at a time: a byte that equals the newline becomes zero, and zero bytes borrow. */
        private int indexOfNewline(int from) {
            int i = from;
            for (; i <= limit - Long.BYTES; i += Long.BYTES) {
                long zeroed = buffer.getLong(i, ByteOrder.LITTLE_ENDIAN) ^ EVERY_NEWLINE;
                long found = zeroed - EVERY_LOWEST_BIT & ~zeroed & EVERY_HIGHEST_BIT;
                if (found != 0) {
                    return i + (Long.numberOfTrailingZeros(found) >>> 3);
                }
            }
            for (; i < limit; i++) {
                if (buffer.getByte(i) == NEWLINE) {
                    return i;
                }
            }
            return -1;
        }

        /** Reads on to the end of an overlong line, only to tell how long it is. */
        private String measure() throws IOException {
            long length = 0;
            while (length < MEASURED_LENGTH) {
                int end = indexOfNewline(position);
                if (end >= 0) {
                    return Long.toString(length + end - position);
                }
                length += limit - position;
                position = limit;
                if (!fill()) {
                    return Long.toString(length);
                }
            }
            return "more than " + length;
        }

        private MessageFormatException tooLong(String length) {
            return new MessageFormatException(
                "line " + number + " is " + length + " bytes long, over the limit of " + maxLength + " (msgmax)");
        }
    }

    private static final class SizePrefixed extends MessageReader {
        private SizePrefixed(ReadableByteChannel in, int maxLength) {
            super(in, maxLength, Integer.BYTES);
        }

        @Override
        boolean next() throws IOException {
            number++;
            if (!require(Integer.BYTES)) {
                return false;
            }
            int length = buffer.getInt(position, ByteOrder.BIG_ENDIAN);
            if (length < 0 || length > maxLength) {
                throw new MessageFormatException("message " + number + " is " + Integer.toUnsignedString(length)
                    + " bytes long, over the limit of " + maxLength + " (msgmax)");
            }
            require(Integer.BYTES + length);
            messageOffset = position + Integer.BYTES;
            messageLength = length;
            position += Integer.BYTES + length;
            return true;
        }

        /** Waits for so many bytes; false at the end of the stream if there are none, an error if there are fewer. */
        private boolean require(int length) throws IOException {
            while (limit - position < length) {
                if (!fill()) {
                    if (position == limit) {
                        return false;
                    }
                    throw new MessageFormatException("message " + number + " is cut off: " + (limit - position)
                        + " of " + length + " bytes with its length");
                }
            }
            return true;
        }
    }
}
