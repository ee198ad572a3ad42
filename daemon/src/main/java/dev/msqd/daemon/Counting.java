package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.stats.CountersFile;
import dev.msqd.daemon.stats.LogProgress;
import dev.msqd.daemon.stats.QueueCounters;
import dev.msqd.daemon.stats.QueueCounters.Change;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.layout.SystemCounter;
import dev.msqd.queue.QueueKeeper.Census;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the counters in shared memory: a round over the queues in use each second, and a look at a queue when its memory is opened, and
 * before it is closed. Rounds end when nobody is attached and nothing changes any more. Clients count nothing. The conductor's alone.
 */
final class Counting implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Counting.class);
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    /** Queues looked at in one turn. */
    private static final int MAX_QUEUES = 64;

    private final CountersFile file;
    private final EpochClock clock;
    private final Int2ObjectHashMap<Row> rows = new Int2ObjectHashMap<>();
    private Queues queues;
    private Clients clients;
    private Tracing tracing;
    private int nextIndex;
    private boolean busyInRound;
    private boolean asleep;
    private boolean toldOfNoRoom;
    private long deathsSeen;
    private long admittedBefore;
    private long admittedSeen;
    private long droppedSeen;
    private long nextRoundNs;

    /**
     * @param file  null if there was no room for one: then nothing is counted
     * @param clock milliseconds since the epoch
     */
    Counting(CountersFile file, EpochClock clock) {
        this.file = file;
        this.clock = clock;
    }

    /** Begins with rounds. */
    void start(Queues served, Clients connected, Tracing traces) {
        queues = served;
        clients = connected;
        tracing = traces;
        nextRoundNs = System.nanoTime();
    }

    /**
     * The descriptor that lets a client read; it stays the file's.
     *
     * @throws ErrnoException ENOSPC if there is none
     */
    int fd() {
        if (file == null) {
            throw new ErrnoException(Errno.ENOSPC,
                "nothing is counted: the hot directory had no room for counters at the start");
        }
        return file.readOnlyFd();
    }

    // ---- what happens to queues

    /** A queue's memory is in use. */
    void opened(ServedQueue queue, LogProgress progress) {
        if (file == null) {
            return;
        }
        try {
            Census census = queue.keeper().census();
            Row row = rows.get(queue.entry().msqid());
            if (row != null && row.counters.incarnation() != queue.keeper().state().incarnation()) {
                removed(queue); // the hot directory was lost meanwhile
                row = null;
            }
            if (row == null) {
                row = new Row(add(queue, census), queue.repairs());
                rows.put(queue.entry().msqid(), row);
            }
            row.counters.follow(progress);
            if (queue.keeper().firstRepair().isOfRecords()) {
                queue.repaired();
            }
            update(queue, row, census);
        } catch (ErrnoException e) {
            if (!toldOfNoRoom) {
                LOG.warn("queue {} is not counted, and nor are others that come later: {}", queue.entry().msqid(),
                    e.getMessage());
                toldOfNoRoom = true;
            }
        } catch (RuntimeException | InternalError e) {
            // Who uses the queue will find out what is wrong with it.
            LOG.warn("queue {} is not counted", queue.entry().msqid(), e);
        }
    }

    private QueueCounters add(ServedQueue queue, Census census) {
        RegistryEntry entry = queue.entry();
        return file.add(entry.msqid(), entry.key(), entry.name(), queue.keeper().state().incarnation(), census);
    }

    /** A queue's memory is about to be closed for a while: what is known stays. */
    void parking(ServedQueue queue) {
        Row row = rows.get(queue.entry().msqid());
        if (row != null) {
            update(queue, row, queue.keeper().census());
        }
    }

    /** A queue is gone. */
    void removed(ServedQueue queue) {
        Row row = rows.remove(queue.entry().msqid());
        if (row != null) {
            row.counters.free();
        }
    }

    /** Counts a queue now. */
    void look(ServedQueue queue) {
        Row row = rows.get(queue.entry().msqid());
        if (row != null) {
            queues.upkeep().count(queue, census -> update(queue, row, census));
        }
    }

    // ---- rounds

    /** Milliseconds until the next turn, 0 for at once, or {@link HouseKeeping#NEVER}. */
    long dueInMs(long nowNs) {
        if (file == null || asleep && clients.size() == 0 && isSystemCounted()) {
            return HouseKeeping.NEVER;
        }
        long remainingNs = nextRoundNs - nowNs;
        return remainingNs <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(remainingNs) + 1;
    }

    /** One turn if one is due; returns how many queues were looked at. */
    int run(long nowNs) {
        if (dueInMs(nowNs) != 0) {
            return 0;
        }
        if (nextIndex == 0) {
            admittedBefore = clients.admitted();
        }
        int looked = 0;
        for (ServedQueue queue : queues.from(nextIndex)) {
            if (looked == MAX_QUEUES) {
                return looked;
            }
            Row row = rows.get(queue.entry().msqid());
            boolean inUse = queue.attachments() > 0 || clients.anyInherited();
            if (row != null && queue.keeper() != null
                && (inUse || row.unsettled || row.attachmentsSeen != queue.attachmentsEver())) {
                looked++;
                row.attachmentsSeen = queue.attachmentsEver();
                row.unsettled = inUse; // unless the look says otherwise
                look(queue);
                busyInRound |= row.unsettled;
            }
            nextIndex = queue.entry().index() + 1;
        }
        endRound(nowNs);
        return looked;
    }

    private void endRound(long nowNs) {
        file.get(SystemCounter.QUEUES).setRelease(queues.size());
        file.get(SystemCounter.CLIENTS).setRelease(clients.size());
        file.get(SystemCounter.DEATHS).getAndAddRelease(clients.deaths() - deathsSeen);
        deathsSeen = clients.deaths();
        long dropped = tracing.dropped();
        file.get(SystemCounter.TRACE_EVENTS_DROPPED).getAndAddRelease(dropped - droppedSeen);
        droppedSeen = dropped;
        file.get(SystemCounter.LOOKED).setRelease(clock.time());
        admittedSeen = admittedBefore;
        asleep = !busyInRound;
        busyInRound = false;
        nextIndex = 0;
        nextRoundNs = nowNs + INTERVAL_NS;
    }

    private boolean isSystemCounted() {
        return file.get(SystemCounter.QUEUES).get() == queues.size()
            && file.get(SystemCounter.CLIENTS).get() == clients.size() && deathsSeen == clients.deaths()
            && droppedSeen == tracing.dropped() && admittedSeen == clients.admitted();
    }

    private void update(ServedQueue queue, Row row, Census census) {
        Change change =
            row.counters.update(census, queue.entry().qbytes(), clock.time(), System.nanoTime());
        long repairs = queue.repairs() - row.repairsSeen;
        row.repairsSeen += repairs;
        row.counters.repaired(repairs);
        row.unsettled |= change.any() || repairs > 0;
        file.get(SystemCounter.SYNCS).getAndAddRelease(change.syncs());
        file.get(SystemCounter.LOG_FAULTS).getAndAddRelease(change.faults());
        file.get(SystemCounter.REPAIRS).getAndAddRelease(repairs);
    }

    @Override
    public void close() {
        rows.clear();
        if (file != null) {
            file.close();
        }
    }

    /** A queue that is counted. */
    private static final class Row {
        private final QueueCounters counters;
        private long repairsSeen;
        /** Who came and went between two rounds may have changed something, too. */
        private long attachmentsSeen;
        /** Whether a look may find another state although nobody is attached. */
        private boolean unsettled = true;

        Row(QueueCounters counters, long repairsSeen) {
            this.counters = counters;
            this.repairsSeen = repairsSeen;
        }
    }
}
