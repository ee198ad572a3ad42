package dev.msqd.calls;

import java.lang.foreign.MemorySegment;
import org.agrona.UnsafeApi;

/**
 * Words of shared memory, as an {@link org.agrona.concurrent.UnsafeBuffer} has them, but without a check of the offset: for offsets that a
 * layout fixes, or that were checked (invariant 13). The checks are a fifth of the time of a send. Any thread.
 */
public final class Words {
    private final long base;
    /** The memory stays mapped as long as this object is reachable. */
    private final MemorySegment memory;

    Words(MemorySegment memory) {
        this.memory = memory;
        this.base = memory.address();
    }

    /** In bytes. */
    public long length() {
        return memory.byteSize();
    }

    public int getInt(int offset) {
        return UnsafeApi.getInt(null, base + offset);
    }

    public void putInt(int offset, int value) {
        UnsafeApi.putInt(null, base + offset, value);
    }

    public int getIntVolatile(int offset) {
        return UnsafeApi.getIntVolatile(null, base + offset);
    }

    public void putIntVolatile(int offset, int value) {
        UnsafeApi.putIntVolatile(null, base + offset, value);
    }

    public void putIntRelease(int offset, int value) {
        UnsafeApi.putIntRelease(null, base + offset, value);
    }

    public boolean compareAndSetInt(int offset, int expected, int value) {
        return UnsafeApi.compareAndSetInt(null, base + offset, expected, value);
    }

    public long getLong(int offset) {
        return UnsafeApi.getLong(null, base + offset);
    }

    public void putLong(int offset, long value) {
        UnsafeApi.putLong(null, base + offset, value);
    }

    public long getLongVolatile(int offset) {
        return UnsafeApi.getLongVolatile(null, base + offset);
    }

    public void putLongVolatile(int offset, long value) {
        UnsafeApi.putLongVolatile(null, base + offset, value);
    }

    public void putLongRelease(int offset, long value) {
        UnsafeApi.putLongRelease(null, base + offset, value);
    }

    public boolean compareAndSetLong(int offset, long expected, long value) {
        return UnsafeApi.compareAndSetLong(null, base + offset, expected, value);
    }

    public int getAndAddInt(int offset, int delta) {
        return UnsafeApi.getAndAddInt(null, base + offset, delta);
    }

    public long getAndAddLong(int offset, long delta) {
        return UnsafeApi.getAndAddLong(null, base + offset, delta);
    }

    public long getAndSetLong(int offset, long value) {
        return UnsafeApi.getAndSetLong(null, base + offset, value);
    }

    public void putByte(int offset, byte value) {
        UnsafeApi.putByte(null, base + offset, value);
    }
}
