package dev.msqd.daemon.stats;

/**
 * Where a queue's end was at some moments of the past: a message carries no time, but where it lies tells between which of them it
 * came. The longer ago, the further apart they are: an age is known to within a second or a quarter. One thread at a time.
 */
final class AgeMarks {
    private static final int MAX_MARKS = 64;

    private final long[] ends = new long[MAX_MARKS];
    private final long[] timesMs = new long[MAX_MARKS];
    private int count;

    /** At {@code epochMs} the queue's end was here. */
    void add(long end, long epochMs) {
        if (count > 0 && end <= ends[count - 1]) {
            return;
        }
        if (count == MAX_MARKS) {
            remove(leastMissed(epochMs), 1);
        }
        ends[count] = end;
        timesMs[count] = epochMs;
        count++;
    }

    /** The first of the moments at which the message at this position was there. Earlier ones are forgotten: older messages are gone. */
    long firstSeenMs(long position) {
        int first = 0;
        while (first < count - 1 && ends[first] <= position) {
            first++;
        }
        remove(0, first);
        return timesMs[0];
    }

    /** The one without which the gap is smallest, for its age. The first one stays: it is the oldest message's. */
    private int leastMissed(long epochMs) {
        int least = 1;
        double smallest = Double.MAX_VALUE;
        for (int i = 1; i < count - 1; i++) {
            double gap = (double) (timesMs[i + 1] - timesMs[i - 1]) / (epochMs - timesMs[i - 1] + 1);
            if (gap < smallest) {
                smallest = gap;
                least = i;
            }
        }
        return least;
    }

    private void remove(int from, int removed) {
        int left = count - from - removed;
        System.arraycopy(ends, from + removed, ends, from, left);
        System.arraycopy(timesMs, from + removed, timesMs, from, left);
        count -= removed;
    }
}
