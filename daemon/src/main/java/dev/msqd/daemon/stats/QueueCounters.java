package dev.msqd.daemon.stats;

import dev.msqd.layout.Quantity;
import dev.msqd.layout.QueueCounter;
import dev.msqd.queue.QueueKeeper.Census;
import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

/** A queue's counters in shared memory. The conductor's alone. */
public final class QueueCounters {
    private final CountersManager manager;
    private final Map<QueueCounter, AtomicCounter> counters = new EnumMap<>(QueueCounter.class);
    private final QueueIdentity identity;
    private final AgeMarks marks = new AgeMarks();
    private LogProgress progress = new LogProgress(0);
    private long syncsSeen;
    private long faultsSeen;

    QueueCounters(CountersManager manager, Map<QueueCounter, AtomicCounter> counters, QueueIdentity identity) {
        this.manager = manager;
        this.counters.putAll(counters);
        this.identity = identity;
    }

    /** Which hot file's messages are counted. */
    public long incarnation() {
        return identity.incarnation();
    }

    /** The queue's log is written by another object from now on. */
    public void follow(LogProgress newProgress) {
        progress = newProgress;
        syncsSeen = 0;
        faultsSeen = 0;
    }

    /** The oldest message is known to have been there at a moment before any of ours. */
    void seenBefore(long position, long epochMs) {
        marks.add(position + 1, epochMs);
    }

    /**
     * Counts on.
     *
     * @param limit qbytes
     * @return what is new for all queues together
     */
    public Change update(Census census, long limit, long epochMs, long nanoTime) {
        boolean changed = total(QueueCounter.SENT, QueueCounter.SENT_BYTES, census.sent() - identity.sentBefore())
            | total(QueueCounter.RECEIVED, QueueCounter.RECEIVED_BYTES, census.received() - identity.receivedBefore())
            | set(QueueCounter.DEPTH, census.depth().messages())
            | set(QueueCounter.BYTES, census.depth().bytes())
            | set(QueueCounter.LIMIT, limit)
            | set(QueueCounter.WAITING_RECEIVERS, census.receivers())
            | set(QueueCounter.WAITING_SENDERS, census.senders())
            | oldest(census, epochMs);
        long lagNs = progress.lagNs(census.end(), nanoTime);
        set(QueueCounter.LOG_LAG, lagNs);
        long syncs = progress.syncs() - syncsSeen;
        syncsSeen += syncs;
        counters.get(QueueCounter.SYNCS).getAndAddRelease(syncs);
        long faults = progress.faults() - faultsSeen;
        faultsSeen += faults;
        return new Change(changed || lagNs > 0 || syncs > 0, syncs, faults);
    }

    /** So many repairs more. */
    public void repaired(long repairs) {
        counters.get(QueueCounter.REPAIRS).getAndAddRelease(repairs);
    }

    /** The queue is gone. */
    public void free() {
        // The first that was made last: a reader finds all of a queue's counters, or none that matter.
        manager.free(counters.get(QueueCounter.DEPTH).id());
        counters.forEach((kind, counter) -> {
            if (kind != QueueCounter.DEPTH) {
                manager.free(counter.id());
            }
        });
    }

    /**
     * A running total wraps, its counters don't: what they lack is the difference, whichever of them was stored last before a daemon
     * was killed.
     */
    private boolean total(QueueCounter messages, QueueCounter bytes, long total) {
        AtomicCounter messageCounter = counters.get(messages);
        AtomicCounter byteCounter = counters.get(bytes);
        long lacking = total - Quantity.of(byteCounter.get(), messageCounter.get());
        if (lacking == 0) {
            return false;
        }
        byteCounter.setRelease(byteCounter.get() + Quantity.bytes(lacking));
        messageCounter.setRelease(messageCounter.get() + Quantity.messages(lacking));
        return true;
    }

    private boolean oldest(Census census, long epochMs) {
        marks.add(census.end(), epochMs);
        if (census.oldest() == Census.NONE) {
            marks.firstSeenMs(Long.MAX_VALUE);
            return set(QueueCounter.OLDEST, 0);
        }
        manager.setCounterReferenceId(counters.get(QueueCounter.OLDEST).id(), census.oldest());
        return set(QueueCounter.OLDEST, marks.firstSeenMs(census.oldest()));
    }

    private boolean set(QueueCounter kind, long value) {
        AtomicCounter counter = counters.get(kind);
        if (counter.get() == value) {
            return false;
        }
        counter.setRelease(value);
        return true;
    }

    /**
     * What an update brought.
     *
     * @param any    whether anything changed, or will by itself
     * @param syncs  syncs of the log since the last update
     * @param faults times its writing began to fail
     */
    public record Change(boolean any, long syncs, long faults) {}
}
