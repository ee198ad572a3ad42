package dev.msqd.daemon.run;

import java.util.concurrent.Semaphore;

/**
 * The right to receive the next call: one worker has it at a time. It is passed on when a call sleeps, and then the call is in its
 * queue's line already: what others do afterwards finds it there. Any thread.
 */
final class Baton {
    private final Semaphore semaphore = new Semaphore(1);
    private final Runnable newWorker;

    /** @param newWorker starts another worker */
    Baton(Runnable newWorker) {
        this.newWorker = newWorker;
    }

    /** Waits for it. */
    void take() {
        semaphore.acquireUninterruptibly();
    }

    /** Whoever waits has it now, or a new worker. */
    void pass() {
        boolean anybody = semaphore.hasQueuedThreads();
        semaphore.release();
        if (!anybody) {
            newWorker.run();
        }
    }
}
