package dev.msqd.client.control;

import static org.agrona.BitUtil.SIZE_OF_INT;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A packet of the control protocol, reused from one to the next: written up to its length, or received with one. The
 * bytes come from another process, so each read is checked against the length: EINVAL is all a malformed one causes.
 */
public final class Packet {
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(ControlDescriptor.MAX_LENGTH));
    private int length;

    /** The storage, of {@link ControlDescriptor#MAX_LENGTH} bytes. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /** Bytes written or received. */
    public int length() {
        return length;
    }

    /** Bytes received, or 0 before writing anew. */
    public void length(int length) {
        this.length = length;
    }

    /** Begins a request. */
    public void request(int type, int correlation) {
        length = 0;
        putInt(ControlDescriptor.REQUEST_TYPE_OFFSET, type);
        putInt(ControlDescriptor.REQUEST_CORRELATION_OFFSET, correlation);
    }

    /** Begins a reply; errno 0 says that it went well. */
    public void reply(int correlation, int errno) {
        length = 0;
        putInt(ControlDescriptor.REPLY_CORRELATION_OFFSET, correlation);
        putInt(ControlDescriptor.REPLY_ERRNO_OFFSET, errno);
    }

    /** Writes an int; what is skipped before it is zero. */
    public void putInt(int offset, int value) {
        extend(offset, Integer.BYTES);
        buffer.putInt(offset, value, ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes a long; what is skipped before it is zero. */
    public void putLong(int offset, long value) {
        extend(offset, Long.BYTES);
        buffer.putLong(offset, value, ByteOrder.LITTLE_ENDIAN);
    }

    /** Writes a text, cut to {@link ControlDescriptor#MAX_TEXT_LENGTH} bytes; returns the offset after it. */
    public int putText(int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int count = bytes.length;
        if (count > ControlDescriptor.MAX_TEXT_LENGTH) {
            count = ControlDescriptor.MAX_TEXT_LENGTH;
            while ((bytes[count] & 0xC0) == 0x80) {
                count--; // not in the middle of a character
            }
        }
        putInt(offset, count);
        extend(offset + SIZE_OF_INT, count);
        buffer.putBytes(offset + SIZE_OF_INT, bytes, 0, count);
        return offset + SIZE_OF_INT + count;
    }

    /** Writes limits. */
    public void putLimits(int offset, Limits limits) {
        putLong(offset, limits.msgmax());
        putLong(offset + Long.BYTES, limits.msgmnb());
        putLong(offset + 2 * Long.BYTES, limits.msgmni());
        putLong(offset + 3 * Long.BYTES, limits.msgtql());
    }

    /** Writes how much history stays, two longs. */
    public void putRetention(int offset, Retention retention) {
        putLong(offset, retention.seconds());
        putLong(offset + Long.BYTES, retention.bytes());
    }

    /** Reads an int; EINVAL past the end. */
    public int getInt(int offset) {
        check(offset, Integer.BYTES);
        return buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads a long; EINVAL past the end. */
    public long getLong(int offset) {
        check(offset, Long.BYTES);
        return buffer.getLong(offset, ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads a text; EINVAL past the end. */
    public String getText(int offset) {
        byte[] bytes = new byte[endOfText(offset) - offset - SIZE_OF_INT];
        buffer.getBytes(offset + SIZE_OF_INT, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The offset after a text; EINVAL past the end. */
    public int endOfText(int offset) {
        int count = getInt(offset);
        check(offset + SIZE_OF_INT, count);
        return offset + SIZE_OF_INT + count;
    }

    /** Reads limits; EINVAL past the end. */
    public Limits getLimits(int offset) {
        return new Limits(
            getLong(offset),
            getLong(offset + Long.BYTES),
            getLong(offset + 2 * Long.BYTES),
            getLong(offset + 3 * Long.BYTES));
    }

    /** Reads a durability's code; EINVAL for one that there isn't, and past the end. */
    public Durability getDurability(int offset) {
        int code = getInt(offset);
        if (!Durability.isCode(code)) {
            throw new ErrnoException(Errno.EINVAL, "there is no durability " + code);
        }
        return Durability.of(code);
    }

    /** Reads how much history stays; EINVAL for less than none, and past the end. */
    public Retention getRetention(int offset) {
        try {
            return new Retention(getLong(offset), getLong(offset + Long.BYTES));
        } catch (IllegalArgumentException e) {
            throw new ErrnoException(Errno.EINVAL, e.getMessage(), e);
        }
    }

    private void extend(int offset, int count) {
        if (offset > length) {
            buffer.setMemory(length, offset - length, (byte) 0);
        }
        length = Math.max(length, offset + count);
    }

    private void check(int offset, int count) {
        if (count < 0 || offset < 0 || offset > length - count) {
            throw new ErrnoException(Errno.EINVAL,
                "malformed packet: " + count + " bytes at " + offset + " of " + length);
        }
    }
}
