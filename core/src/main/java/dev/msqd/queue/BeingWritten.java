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

    /** Order does not matter: what is settled goes into the index by position. */
    void remove(int index) {
        size--;
        positions[index] = positions[size];
        addresses[index] = addresses[size];
    }
}
