package dev.msqd.daemon.journal;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Positions of live messages and the place of each, 16 bytes a message. Positions mostly come in ascending order:
 * those are appended to arrays, the few others wait in a tree until they are merged in.
 */
final class LiveSet {
    private static final int MIN_LATE = 1 << 16;
    private static final int LATE_FRACTION = 16;

    /** Place of a message that is gone. */
    private static final long GONE = 0;

    private final TreeMap<Long, Long> late = new TreeMap<>();
    private long[] positions = new long[64];
    private long[] places = new long[64];
    private int end;
    private int live;

    /** How many gone ones were walked over since they were last thrown out. */
    private long walked;

    /** Adds a message, or moves it. */
    void put(long position, long place) {
        if (end == 0 || position > positions[end - 1]) {
            append(position, place);
            live++;
            return;
        }
        int index = Arrays.binarySearch(positions, 0, end, position);
        if (index >= 0) {
            live += places[index] == GONE ? 1 : 0;
            places[index] = place;
        } else {
            late.put(position, place);
            if (late.size() > Math.max(MIN_LATE, end / LATE_FRACTION)) {
                settle(0);
            }
        }
    }

    /** Takes out the messages of a range, its last position included. */
    void remove(long first, long last) {
        if (first > last) {
            return;
        }
        if (!late.isEmpty()) {
            late.subMap(first, true, last, true).clear();
        }
        int index = Arrays.binarySearch(positions, 0, end, first);
        for (index = index < 0 ? -index - 1 : index; index < end && positions[index] <= last; index++) {
            if (places[index] == GONE) {
                walked++;
            } else {
                places[index] = GONE;
                live--;
            }
        }
        if (walked > end) {
            settle(0);
        }
    }

    int size() {
        return live + late.size();
    }

    /**
     * Leaves live messages alone, by ascending position, in the first {@link #size} elements of {@link #position} and
     * {@link #place}.
     *
     * @param minPlace those with lower places are not live.
     */
    void settle(long minPlace) {
        long[] oldPositions = positions;
        long[] oldPlaces = places;
        int oldEnd = end;
        Map.Entry<Long, Long> next = late.pollFirstEntry();
        if (next != null) { // without, they are moved within the arrays
            positions = new long[live + late.size() + 1];
            places = new long[positions.length];
        }
        end = 0;
        for (int index = 0; index < oldEnd; index++) {
            long position = oldPositions[index];
            long place = oldPlaces[index];
            while (next != null && next.getKey() < position) {
                keep(next.getKey(), next.getValue(), minPlace);
                next = late.pollFirstEntry();
            }
            if (place != GONE) {
                keep(position, place, minPlace);
            }
        }
        for (; next != null; next = late.pollFirstEntry()) {
            keep(next.getKey(), next.getValue(), minPlace);
        }
        live = end;
        walked = 0;
    }

    long position(int index) {
        return positions[index];
    }

    long place(int index) {
        return places[index];
    }

    private void keep(long position, long place, long minPlace) {
        if (place >= minPlace) {
            append(position, place);
        }
    }

    private void append(long position, long place) {
        if (end == positions.length) {
            int capacity = (int) Math.min(Integer.MAX_VALUE - 8, end + (end >> 1) + 64L);
            positions = Arrays.copyOf(positions, capacity);
            places = Arrays.copyOf(places, capacity);
        }
        positions[end] = position;
        places[end] = place;
        end++;
    }
}
