package dev.msqd.daemon;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a queue of level sync as soon as somebody asks for it. Made and ended by the conductor. */
final class SyncThread {
    private static final Logger LOG = LoggerFactory.getLogger(SyncThread.class);
    private static final long SPIN_NS = 50_000;
    private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long END_LOOK_MS = 10;

    private final QueueJournal journal;
    private final Thread thread;
    private volatile boolean ending;

    SyncThread(int msqid, QueueJournal journal) {
        this.journal = journal;
        this.thread = Thread.ofPlatform().name("msqd-sync-" + msqid).daemon().start(this::run);
    }

    void end() {
        ending = true;
        Threads.join(thread, this::wake, END_LOOK_MS);
    }

    private void wake() {
        try {
            journal.tickets().wake();
        } catch (RuntimeException | InternalError e) {
            // The memory can't be used: then it looks again by itself.
            LOG.debug("{}", thread.getName(), e);
        }
    }

    private void run() {
        try {
            boolean idle = false;
            while (!ending) {
                int seen = journal.tickets().last();
                if (!journal.run(System.nanoTime())) {
                    journal.tickets().await(seen, idle ? 0 : SPIN_NS, LOOK_AGAIN_NS);
                    idle = journal.tickets().last() == seen;
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.error("{} stops", Thread.currentThread().getName(), e);
        }
    }
}
