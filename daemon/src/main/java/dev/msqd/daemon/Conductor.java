package dev.msqd.daemon;

import org.agrona.concurrent.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's one thread, a crank: each turn waits for what comes (requests, ends of processes, the time to keep
 * house) and does a bounded piece of it.
 */
final class Conductor implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);
    private static final long PAUSE_MS = 100;

    private final Watch watch;
    private final ControlServer server;
    private final HouseKeeping houseKeeping;
    private final Counting counting;
    private final NanoClock clock;
    private final Runnable atEnd;
    private volatile boolean stopping;
    private volatile Throwable failure;

    /** @param atEnd lets go of everything, on the conductor's thread */
    Conductor(Watch watch, ControlServer server, HouseKeeping houseKeeping, Counting counting, NanoClock clock,
        Runnable atEnd) {
        this.watch = watch;
        this.server = server;
        this.houseKeeping = houseKeeping;
        this.counting = counting;
        this.clock = clock;
        this.atEnd = atEnd;
    }

    /** Turns the crank until told to stop, then lets go of everything. */
    @Override
    public void run() {
        try {
            while (!stopping) {
                doWork();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            LOG.error("the daemon stops", e);
        } finally {
            atEnd.run();
        }
    }

    /** One turn; returns how much was done. */
    int doWork() {
        long nowNs = clock.nanoTime();
        long dueInMs = sooner(houseKeeping.dueInMs(nowNs), counting.dueInMs(nowNs));
        boolean paused = server.paused();
        int work = watch.poll(paused && (dueInMs < 0 || dueInMs > PAUSE_MS) ? PAUSE_MS : dueInMs);
        if (paused) {
            server.resumeAccepting();
        }
        return work + houseKeeping.run(clock.nanoTime()) + counting.run(clock.nanoTime());
    }

    private static long sooner(long dueInMs, long otherDueInMs) {
        return dueInMs == HouseKeeping.NEVER || otherDueInMs == HouseKeeping.NEVER
            ? Math.max(dueInMs, otherDueInMs) : Math.min(dueInMs, otherDueInMs);
    }

    /** Ends {@link #run()} soon. Any thread. */
    void stop() {
        stopping = true;
        watch.wakeup();
    }

    /** What ended {@link #run()} before it was told to stop, or null. */
    Throwable failure() {
        return failure;
    }
}
