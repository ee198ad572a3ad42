package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.daemon.journal.LogStorage;
import dev.msqd.daemon.journal.QueueLog;
import dev.msqd.daemon.stats.LogProgress;
import dev.msqd.layout.Durability;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs on disk of all queues that are in use, and the threads that write them: one for all queues of level interval, and one for each
 * of level sync as long as the system has one to give. Opened and closed by the conductor.
 */
final class Journals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journals.class);
    /** A run logs what was there at the run before: two runs an interval. */
    private static final int RUNS_PER_INTERVAL = 2;

    private final Path directory;
    private final long runEveryNs;
    private final int fileLength;
    private final EpochClock clock;
    private final Map<Integer, QueueJournal> journals = new ConcurrentHashMap<>();
    private final Map<Integer, SyncThread> syncThreads = new ConcurrentHashMap<>();
    private Thread thread;
    private volatile boolean stopping;

    /**
     * @param directory  where there is a folder for each queue that has a log
     * @param intervalMs the age below which messages of level interval need not be on disk
     * @param fileLength bytes of a file
     */
    Journals(Path directory, long intervalMs, int fileLength, EpochClock clock) {
        this.directory = directory;
        this.runEveryNs = TimeUnit.MILLISECONDS.toNanos(intervalMs) / RUNS_PER_INTERVAL;
        this.fileLength = fileLength;
        this.clock = clock;
    }

    /**
     * Begins to log in the background.
     *
     * @param limits tells clients how far the log has come
     */
    void start(SystemLimits limits) {
        limits.logged(System.nanoTime());
        thread = Thread.ofPlatform().name("msqd-log").daemon().start(() -> run(limits));
    }

    /** A queue's files. */
    LogStorage storage(int msqid) {
        return DiskStorage.at(folder(msqid));
    }

    /**
     * A queue's memory is in use: its messages are logged from now on. When this returns the log says what the memory says, or
     * the queue is known not to be logged at the moment.
     */
    void open(RegistryEntry entry, QueueKeeper keeper) {
        QueueJournal journal = new QueueJournal(entry, keeper,
            QueueLog.open(storage(entry.msqid()), entry.uuid(), fileLength, clock));
        boolean more;
        do {
            more = journal.run(System.nanoTime());
        } while (more);
        journals.put(entry.msqid(), journal);
        watch(entry, journal);
    }

    /** How far a queue's log has come, while its memory is open. */
    LogProgress progress(int msqid) {
        return journals.get(msqid).progress();
    }

    /** A queue's settings are others. */
    void change(RegistryEntry entry) {
        QueueJournal journal = journals.get(entry.msqid());
        if (journal != null) {
            journal.change(entry.durability(), entry.retention());
            watch(entry, journal);
        }
    }

    /** A queue's memory is closed for a while: first, everything comes on disk. */
    void park(int msqid) {
        QueueJournal journal = detach(msqid);
        if (journal != null) {
            journal.park(false);
        }
    }

    /** A queue's memory can't be used any more. */
    void abandon(int msqid) {
        QueueJournal journal = detach(msqid);
        if (journal != null) {
            journal.abandon();
        }
    }

    /** A queue is removed, and its files with it. */
    void remove(int msqid) {
        abandon(msqid);
        IoUtil.delete(folder(msqid).toFile(), true);
    }

    /** The msqid of every queue that has files. */
    List<Integer> folders() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return HotDirectory.msqids(paths.toList());
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot list " + directory + ": " + e, e);
        }
    }

    /** Everything that is queued comes on disk, also on queues of level process. */
    @Override
    public void close() {
        stopping = true;
        if (thread != null) {
            LockSupport.unpark(thread);
            Threads.join(thread);
        }
        for (Integer msqid : List.copyOf(journals.keySet())) {
            try {
                detach(msqid).park(true);
            } catch (RuntimeException | InternalError e) {
                LOG.error("queue {}: what is queued could not be written at the stop", msqid, e);
            }
        }
    }

    private QueueJournal detach(int msqid) {
        QueueJournal journal = journals.remove(msqid);
        endSyncThread(msqid);
        return journal;
    }

    private void watch(RegistryEntry entry, QueueJournal journal) {
        if (entry.durability() == Durability.SYNC) {
            startSyncThread(entry.msqid(), journal);
        } else {
            endSyncThread(entry.msqid());
        }
    }

    private void startSyncThread(int msqid, QueueJournal journal) {
        try {
            syncThreads.computeIfAbsent(msqid, key -> new SyncThread(key, journal));
        } catch (OutOfMemoryError e) {
            LOG.warn("queue {} shares the thread of the queues of level interval, and its latency: {}", msqid,
                e.getMessage());
        }
    }

    private void endSyncThread(int msqid) {
        SyncThread syncThread = syncThreads.remove(msqid);
        if (syncThread != null) {
            syncThread.end();
        }
    }

    private Path folder(int msqid) {
        return directory.resolve(Integer.toString(msqid));
    }

    // ---- the thread for queues of level interval

    private void run(SystemLimits limits) {
        long dueNs = System.nanoTime();
        while (!stopping) {
            long nowNs = System.nanoTime();
            journals.forEach((msqid, journal) -> {
                while (!stopping && !syncThreads.containsKey(msqid) && journal.run(System.nanoTime())) {
                    Thread.onSpinWait();
                }
            });
            limits.logged(nowNs);
            dueNs = Math.max(dueNs + runEveryNs, System.nanoTime());
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    /** Logs a queue of level sync as soon as somebody asks for it. */
    private static final class SyncThread {
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
                journal.tail().wake();
            } catch (RuntimeException | InternalError e) {
                // The memory can't be used: then it looks again by itself.
                LOG.debug("{}", thread.getName(), e);
            }
        }

        private void run() {
            try {
                boolean idle = false;
                while (!ending) {
                    int seen = journal.tail().requested();
                    if (!journal.run(System.nanoTime())) {
                        journal.tail().awaitRequest(seen, idle ? 0 : SPIN_NS, LOOK_AGAIN_NS);
                        idle = journal.tail().requested() == seen;
                    }
                }
            } catch (RuntimeException | Error e) {
                LOG.error("{} stops", Thread.currentThread().getName(), e);
            }
        }
    }
}
