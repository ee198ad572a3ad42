package dev.msqd.daemon.stats;

/**
 * How far a queue's log on disk has come. Stored by whoever writes the log, read by any thread, without waiting for the disk. Each
 * part is of a moment of its own.
 */
public final class LogProgress {
    private volatile long loggedTo = Long.MAX_VALUE;
    private volatile long loggedNs;
    private volatile long syncs;
    private volatile long faults;

    /** What was in the queue at {@code nanoTime}, when its end was at {@code position}, is on disk as far as it has to be. */
    public void logged(long position, long nanoTime) {
        loggedNs = nanoTime;
        loggedTo = position;
    }

    /** Nothing has to be on disk. */
    public void unlogged() {
        loggedTo = Long.MAX_VALUE;
    }

    /** The log was synced. One thread at a time. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void synced() {
        syncs++;
    }

    /** The log can't be written any more. One thread at a time. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void faulted() {
        faults++;
    }

    /**
     * How much time's messages are not on disk.
     *
     * @param end the queue's end now
     */
    public long lagNs(long end, long nanoTime) {
        return end > loggedTo ? Math.max(0, nanoTime - loggedNs) : 0;
    }

    /** Syncs so far. */
    public long syncs() {
        return syncs;
    }

    /** How often writing began to fail. */
    public long faults() {
        return faults;
    }
}
