package dev.msqd.daemon;

/**
 * How far a queue's log is behind the queue. A run brings on disk what was there at the run before: what came since may be as old as the time
 * between three runs. Times in nanoseconds of {@link System#nanoTime}. One owner thread; the result is for any.
 */
final class LogLag {
    /** What was done before is on disk. */
    private long onDiskNs;
    /** What was done before is on disk after the next run. */
    private long lookedNs;
    private volatile long lagNs;

    LogLag(long nowNs) {
        onDiskNs = nowNs;
        lookedNs = nowNs;
    }

    /** A run began and found everything on disk, or everybody knows why it is not. */
    void reset(long beginNs) {
        onDiskNs = beginNs;
        lookedNs = beginNs;
        lagNs = 0;
    }

    /** A run is over. */
    void ran(long beginNs, long endNs) {
        lagNs = endNs - onDiskNs;
        onDiskNs = lookedNs;
        lookedNs = beginNs;
    }

    /** How old the oldest was that was not on disk when the last run ended; 0: there was nothing. Any thread. */
    long lagNs() {
        return lagNs;
    }
}
