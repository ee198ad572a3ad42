package dev.msqd.daemon.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into an interrupt of the thread that runs the command, so that it can leave in order: a held
 * message goes back to its place, counts are printed, temporary files go. The process then ends as a process ended by
 * that signal does, or with status 0 if the command still ended well (as {@code serve} does: a stop is its proper end).
 */
final class Interruption extends Thread {
    /** A command that has not left by then is stuck, and the process ends without it. */
    private static final long PATIENCE_MS = 10_000;

    private final Thread worker;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int status = -1;

    private Interruption(Thread worker) {
        super("interruption");
        this.worker = worker;
    }

    /** From now on signals interrupt the calling thread, until it says that it has {@link #ended}. */
    static Interruption guard() {
        Interruption interruption = new Interruption(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(interruption);
        return interruption;
    }

    /** The command is over, its output flushed. Called before System.exit, which would wait for this very hook. */
    void ended(int status) {
        this.status = status;
        ended.countDown();
    }

    @Override
    public void run() {
        if (ended.getCount() == 0) {
            return;
        }
        worker.interrupt();
        try {
            if (ended.await(PATIENCE_MS, TimeUnit.MILLISECONDS) && status == ExitStatus.OK) {
                Runtime.getRuntime().halt(ExitStatus.OK);
            }
        } catch (InterruptedException impossible) {
            // Nobody interrupts a shutdown hook; were it so, ending now is right.
            Thread.currentThread().interrupt();
        }
    }
}
