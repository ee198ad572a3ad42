package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs on disk of all queues that are in use, and the threads that write them: a few for the queues of level interval, and one for each
 * of level sync as long as the system has one to give. Opened and closed by the conductor.
 */
final class Journals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journals.class);
    /** They wait for the disk most of the time, and it takes several syncs at once. */
    private static final int LOG_THREADS = 4;

    private final Path directory;
    private final Function<Path, LogStorage> disk;
    private final int fileLength;
    private final EpochClock clock;
    private final Map<Integer, QueueJournal> journals = new ConcurrentHashMap<>();
    private final Map<Integer, SyncThread> syncThreads = new HashMap<>();
    private final List<LogThread> logThreads = new ArrayList<>();

    /**
     * @param directory  where there is a folder for each queue that has a log
     * @param intervalMs the age below which messages of level interval need not be on disk
     * @param fileLength bytes of a file
     */
    Journals(Path directory, long intervalMs, int fileLength, EpochClock clock) {
        this(directory, DiskStorage::at, intervalMs, fileLength, clock);
    }

    /** @param disk makes the storage of a queue's folder */
    Journals(Path directory, Function<Path, LogStorage> disk, long intervalMs, int fileLength, EpochClock clock) {
        this.directory = directory;
        this.disk = disk;
        this.fileLength = fileLength;
        this.clock = clock;
        for (int index = 0; index < LOG_THREADS; index++) {
            logThreads.add(new LogThread(index, intervalMs));
        }
    }

    /**
     * Begins to log in the background.
     *
     * @param limits tells clients how far the log has come
     */
    void start(SystemLimits limits) {
        limits.logged(System.nanoTime());
        Runnable progress = () -> noteProgress(limits);
        logThreads.forEach(thread -> thread.start(progress));
    }

    /** What all threads have done, the slowest included. */
    private synchronized void noteProgress(SystemLimits limits) {
        limits.logged(logThreads.stream().mapToLong(LogThread::loggedNs).min().getAsLong());
    }

    /** How often a queue of level interval came on disk much later than it has to. */
    long lateRuns() {
        return logThreads.stream().mapToLong(LogThread::lateRuns).sum();
    }

    /** A queue's files. */
    LogStorage storage(int msqid) {
        return disk.apply(folder(msqid));
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

    /**
     * A queue's memory is closed for a while: first, everything comes on disk.
     *
     * @param inUse whether somebody may be attached to it
     */
    void park(int msqid, boolean inUse) {
        QueueJournal journal = detach(msqid);
        if (journal != null) {
            journal.park(inUse);
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
        logThreads.forEach(LogThread::end);
        for (Integer msqid : List.copyOf(journals.keySet())) {
            try {
                detach(msqid).stop();
            } catch (RuntimeException | InternalError e) {
                LOG.error("queue {}: what is queued could not be written at the stop", msqid, e);
            }
        }
    }

    private QueueJournal detach(int msqid) {
        QueueJournal journal = journals.remove(msqid);
        logThread(msqid).remove(msqid);
        endSyncThread(msqid);
        return journal;
    }

    private void watch(RegistryEntry entry, QueueJournal journal) {
        if (entry.durability() == Durability.SYNC && startSyncThread(entry.msqid(), journal)) {
            logThread(entry.msqid()).remove(entry.msqid());
        } else {
            endSyncThread(entry.msqid());
            logThread(entry.msqid()).add(entry.msqid(), journal);
        }
    }

    private LogThread logThread(int msqid) {
        return logThreads.get((msqid & MsqidDs.INDEX_MASK) % LOG_THREADS);
    }

    private boolean startSyncThread(int msqid, QueueJournal journal) {
        try {
            syncThreads.computeIfAbsent(msqid, key -> new SyncThread(key, journal));
            return true;
        } catch (OutOfMemoryError e) {
            LOG.warn("queue {} shares the threads of the queues of level interval, and their latency: {}", msqid,
                e.getMessage());
            return false;
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
}
