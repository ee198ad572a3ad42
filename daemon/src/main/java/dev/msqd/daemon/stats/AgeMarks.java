package dev.msqd.daemon.stats;

/**
 * Where a queue's end was at some moments of the past: a message carries no time, but where it lies tells between which of them it
 * came. So many moments are kept that an age is known to within a sixteenth. One thread at a time.
 */
final class AgeMarks {
    private static final int MAX_MARKS = 32;

    private final long[] ends = new long[MAX_MARKS];
    private final long[] timesMs = new long[MAX_MARKS];
    private int count;

    /** At {@code epochMs} the queue's end was here. */
    void add(long end, long epochMs) {
        if (count > 0 && end <= ends[count - 1]) {
            return;
        }
        if (count == MAX_MARKS) {
            thinOut();
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
        if (first > 0) {
            System.arraycopy(ends, first, ends, 0, count - first);
            System.arraycopy(timesMs, first, timesMs, 0, count - first);
            count -= first;
        }
        return timesMs[0];
    }

    /** Every other one goes; the last stays, for what comes after it did not come before. */
    private void thinOut() {
        for (int i = 0; i < MAX_MARKS / 2; i++) {
            ends[i] = ends[2 * i + 1];
            timesMs[i] = timesMs[2 * i + 1];
        }
        count = MAX_MARKS / 2;
    }
}
