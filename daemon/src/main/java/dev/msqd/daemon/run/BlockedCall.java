package dev.msqd.daemon.run;

/** A call that sleeps, and the thread of ours that sleeps for it. */
final class BlockedCall {
    private final int tid;
    private final Thread sleeper;
    private final long sinceNs = System.nanoTime();
    private long lookNs;
    private boolean over;

    /** For the calling thread. */
    BlockedCall(int tid) {
        this.tid = tid;
        this.sleeper = Thread.currentThread();
    }

    int tid() {
        return tid;
    }

    long sinceNs() {
        return sinceNs;
    }

    /** When to look at it next; the watch's own. */
    long lookNs() {
        return lookNs;
    }

    void lookNs(long timeNs) {
        lookNs = timeNs;
    }

    /** The sleep ends, unless the call is over. */
    synchronized void cancel() {
        if (!over) {
            sleeper.interrupt();
        }
    }

    /** By the sleeper: no interrupt comes from here any more, and none is left. */
    synchronized void end() {
        over = true;
        Thread.interrupted();
    }
}
