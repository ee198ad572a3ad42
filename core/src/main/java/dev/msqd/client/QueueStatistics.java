package dev.msqd.client;

import dev.msqd.layout.QueueCounter;

/** The counters of a queue, read at one moment. Unchangeable. */
public final class QueueStatistics {
    private final int msqid;
    private final int key;
    private final String name;
    private final long[] values;

    QueueStatistics(int msqid, int key, String name, long[] values) {
        this.msqid = msqid;
        this.key = key;
        this.name = name;
        this.values = values;
    }

    public int msqid() {
        return msqid;
    }

    /** 0 for IPC_PRIVATE. */
    public int key() {
        return key;
    }

    /** Empty for a queue that has only a key. */
    public String name() {
        return name;
    }

    /** A counter's value, in the unit that {@link QueueCounter} says. */
    public long get(QueueCounter counter) {
        return values[counter.ordinal()];
    }

    /**
     * For how long the oldest message has been queued, at least, milliseconds; 0 when none is. It may be a second more, or a quarter.
     *
     * @param epochMs the time now
     */
    public long ageMs(long epochMs) {
        long oldest = get(QueueCounter.OLDEST);
        return oldest == 0 ? 0 : Math.max(0, epochMs - oldest);
    }
}
