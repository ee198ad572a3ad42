package dev.msqd.daemon.journal;

import org.agrona.collections.LongArrayList;

/** Ranges of positions, ascending, none of which meets another. One thread at a time. */
public final class PositionRanges {
    private final LongArrayList bounds = new LongArrayList();

    /** Adds a range behind all others; its last position belongs to it. */
    public void add(long first, long last) {
        bounds.addLong(first);
        bounds.addLong(last);
    }

    public int size() {
        return bounds.size() / 2;
    }

    public boolean isEmpty() {
        return bounds.isEmpty();
    }

    long first(int index) {
        return bounds.getLong(2 * index);
    }

    long last(int index) {
        return bounds.getLong(2 * index + 1);
    }

    boolean contains(long position) {
        int low = 0;
        int high = size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (last(middle) < position) {
                low = middle + 1;
            } else if (first(middle) > position) {
                high = middle - 1;
            } else {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PositionRanges ranges && bounds.equals(ranges.bounds);
    }

    @Override
    public int hashCode() {
        return bounds.hashCode();
    }
}
