package dev.msqd.daemon;

/** Waits for the ends of threads whatever interrupts the one that waits: it stays interrupted. */
final class Threads {
    private static final Runnable NOTHING = () -> {};
    private static final long FOR_EVER = 0;

    private Threads() {}

    static void join(Thread ending) {
        join(ending, NOTHING, FOR_EVER);
    }

    /**
     * Does something now and then until the thread has ended.
     *
     * @param everyMs 0: only at first
     */
    static void join(Thread ending, Runnable meanwhile, long everyMs) {
        boolean interrupted = false;
        while (ending.isAlive()) {
            meanwhile.run();
            try {
                ending.join(everyMs);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
