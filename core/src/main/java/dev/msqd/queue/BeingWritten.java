package dev.msqd.queue;

import java.util.Arrays;

/** Records that a receiver passed while they were being written: few, and looked at again at each try. */
final class BeingWritten {
    private long[] positions = new long[8];
    private long[] addresses = new long[8];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    void add(long position, long address) {
        if (size == positions.length) {
            positions = Arrays.copyOf(positions, size * 2);
            addresses = Arrays.copyOf(addresses, size * 2);
        }
        positions[size] = position;
        addresses[size++] = address;
    }

    long position(int index) {
        return positions[index];
    }

    long address(int index) {
        return addresses[index];
    }

    /** Those left keep their order: looking newest first never finds a later record of a sender without the earlier. */
    void remove(int index) {
        size--;
        System.arraycopy(positions, index + 1, positions, index, size - index);
        System.arraycopy(addresses, index + 1, addresses, index, size - index);
    }
}
