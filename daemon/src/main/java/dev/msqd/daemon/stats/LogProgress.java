package dev.msqd.daemon.stats;

/**
 * How far a queue's log on disk has come. A run brings on disk what is there, or what was there at the run before. Times are of {@link
 * System#nanoTime}, positions of the queue. Stored by whoever writes the log, one thread at a time; read by any thread, without waiting for the
 * disk, each part of a moment of its own.
 */
public final class LogProgress {
    /** The last run found the queue's end here, then. */
    private long seenTo;
    private long seenNs;
    private boolean faulty;

    private volatile long loggedTo = Long.MAX_VALUE;
    private volatile long loggedNs;
    private volatile long waitedNs;
    private volatile long syncs;
    private volatile long faults;

    public LogProgress(long nanoTime) {
        seenNs = nanoTime;
        loggedNs = nanoTime;
    }

    /** Where the queue's end was at the last run. For who writes the log. */
    public long seenTo() {
        return seenTo;
    }

    /** What was in the queue when a run began, and its end was at {@code position}, is on disk as far as it has to be. */
    public void upToDate(long position, long beginNs) {
        seen(position, beginNs);
        logged(position, beginNs);
        waitedNs = 0;
        faulty = false;
    }

    /**
     * A run brought on disk what was there.
     *
     * @param everything when it began, or else at the run before
     * @param position   of the queue's end when it began
     */
    public void ran(boolean everything, long position, long beginNs, long endNs) {
        waitedNs = faulty ? 0 : Math.max(0, endNs - loggedNs);
        faulty = false;
        logged(everything ? position : seenTo, everything ? beginNs : seenNs);
        seen(position, beginNs);
    }

    private void seen(long position, long nanoTime) {
        seenTo = position;
        seenNs = nanoTime;
    }

    private void logged(long position, long nanoTime) {
        loggedNs = nanoTime;
        loggedTo = position;
    }

    /** Nothing has to be on disk. */
    public void unlogged() {
        loggedTo = Long.MAX_VALUE;
        waitedNs = 0;
    }

    /** The log was synced. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void synced() {
        syncs++;
    }

    /**
     * A run failed, and everybody knows: that nothing comes on disk meanwhile is no lateness.
     *
     * @param anew whether the run before did not
     */
    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    public void failed(boolean anew) {
        faults += anew ? 1 : 0;
        waitedNs = 0;
        faulty = true;
    }

    /**
     * How much time's messages are not on disk.
     *
     * @param end the queue's end now
     */
    public long lagNs(long end, long nanoTime) {
        return end > loggedTo ? Math.max(0, nanoTime - loggedNs) : 0;
    }

    /** How long what the last run brought on disk may have waited for that, at most; 0: there was nothing. */
    public long waitedNs() {
        return waitedNs;
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
