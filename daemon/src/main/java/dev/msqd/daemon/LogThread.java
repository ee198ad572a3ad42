package dev.msqd.daemon;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the logs of some queues of level interval, one after the other. The first such thread tells clients of the progress also while there
 * are no queues; the others then sleep. Queues come and go by the conductor.
 */
final class LogThread {
    private static final Logger LOG = LoggerFactory.getLogger(LogThread.class);
    /** A run logs what was there at the run before: two runs an interval. */
    private static final int RUNS_PER_INTERVAL = 2;
    /** What is on disk so many intervals after it was sent is much too late. */
    private static final int LATE_INTERVALS = 4;
    private static final long WARN_EVERY_NS = TimeUnit.MINUTES.toNanos(1);

    private final int index;
    private final long intervalMs;
    private final long runEveryNs;
    private final long lateNs;
    private final Map<Integer, QueueJournal> journals = new ConcurrentHashMap<>();
    private Thread thread;
    private volatile boolean ending;
    private volatile long loggedNs = System.nanoTime();

    private volatile long lateRuns;
    private long lateRunsWarned;
    private long warnedNs;

    LogThread(int index, long intervalMs) {
        this.index = index;
        this.intervalMs = intervalMs;
        this.runEveryNs = TimeUnit.MILLISECONDS.toNanos(intervalMs) / RUNS_PER_INTERVAL;
        this.lateNs = TimeUnit.MILLISECONDS.toNanos(intervalMs) * LATE_INTERVALS;
    }

    /** @param progress is called by this thread when {@link #loggedNs} has changed */
    void start(Runnable progress) {
        thread = Thread.ofPlatform().name("msqd-log-" + index).daemon().start(() -> run(progress));
    }

    void end() {
        ending = true;
        if (thread != null) {
            LockSupport.unpark(thread);
            Threads.join(thread);
        }
    }

    void add(int msqid, QueueJournal journal) {
        if (journals.isEmpty()) {
            loggedNs = System.nanoTime();
        }
        journals.put(msqid, journal);
        LockSupport.unpark(thread);
    }

    void remove(int msqid) {
        journals.remove(msqid);
    }

    /** What there was of its queues at this moment of {@link System#nanoTime} is on disk. Any thread. */
    long loggedNs() {
        return isNeeded() ? loggedNs : System.nanoTime();
    }

    /** How often a queue came on disk much later than the interval says. Any thread. */
    long lateRuns() {
        return lateRuns;
    }

    private boolean isNeeded() {
        return index == 0 || !journals.isEmpty();
    }

    private void run(Runnable progress) {
        long dueNs = System.nanoTime();
        // A run brings on disk what was there when the run before began.
        long beganNs = loggedNs;
        while (!ending) {
            if (!isNeeded()) {
                LockSupport.park(this);
                dueNs = System.nanoTime();
                beganNs = loggedNs;
                continue;
            }
            long nowNs = System.nanoTime();
            journals.forEach((msqid, journal) -> {
                while (!ending && journal.run(System.nanoTime())) {
                    Thread.onSpinWait();
                }
                watch(msqid, journal.progress().waitedNs());
            });
            loggedNs = beganNs;
            beganNs = nowNs;
            progress.run();
            dueNs = Math.max(dueNs + runEveryNs, System.nanoTime());
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    private void watch(int msqid, long lagNs) {
        if (lagNs <= lateNs) {
            return;
        }
        long nowNs = System.nanoTime();
        lateRuns++;
        if (lateRunsWarned == 0 || nowNs - warnedNs >= WARN_EVERY_NS) {
            LOG.warn(
                "queue {}: what is queued came on disk after {} ms, and log.interval is {}: the disk, or this machine, is too slow"
                    + " (times since the last warning: {})",
                msqid, TimeUnit.NANOSECONDS.toMillis(lagNs), intervalMs,
                lateRuns - lateRunsWarned);
            lateRunsWarned = lateRuns;
            warnedNs = nowNs;
        }
    }
}
