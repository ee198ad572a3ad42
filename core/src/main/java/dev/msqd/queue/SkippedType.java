package dev.msqd.queue;

import java.util.Arrays;

/** The skipped messages of one type, in order of position: a ring of (position, address) pairs that grows. */
final class SkippedType {
    private static final int INITIAL_CAPACITY = 16;

    long mtype;
    /** Where the two heaps of {@link SkipIndex} hold this one. */
    final int[] heapSlots = new int[2];

    private long[] entries = new long[2 * INITIAL_CAPACITY];
    private int head;
    private int size;

    void reset(long newMtype) {
        mtype = newMtype;
        head = 0;
        size = 0;
    }

    int size() {
        return size;
    }

    long position(int index) {
        return entries[2 * slot(index)];
    }

    long address(int index) {
        return entries[2 * slot(index) + 1];
    }

    /** Adds in order of position: nearly always at the end. When full, what is gone is dropped before more room is made. */
    void add(long position, long address, Liveness liveness) {
        if (size == capacity()) {
            retain(liveness);
            if (size > capacity() / 2) {
                grow();
            }
        }
        int index = size++;
        while (index > 0 && position(index - 1) > position) {
            set(index, position(index - 1), address(index - 1));
            index--;
        }
        set(index, position, address);
    }

    void removeFirst() {
        head = (head + 1) & (capacity() - 1);
        size--;
    }

    /** Keeps the entries that the test passes, in their order. */
    void retain(Liveness liveness) {
        int kept = 0;
        for (int index = 0; index < size; index++) {
            long position = position(index);
            long address = address(index);
            if (liveness.isLive(position, address)) {
                set(kept++, position, address);
            }
        }
        size = kept;
    }

    private void grow() {
        long[] grown = Arrays.copyOf(entries, entries.length * 2);
        for (int index = 0; index < size; index++) {
            grown[2 * index] = position(index);
            grown[2 * index + 1] = address(index);
        }
        entries = grown;
        head = 0;
    }

    private void set(int index, long position, long address) {
        entries[2 * slot(index)] = position;
        entries[2 * slot(index) + 1] = address;
    }

    private int capacity() {
        return entries.length / 2;
    }

    private int slot(int index) {
        return (head + index) & (capacity() - 1);
    }

    /** Is the skipped message still there? */
    interface Liveness {
        boolean isLive(long position, long address);
    }
}
