package dev.msqd.daemon.cli;

import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics.Snapshot;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import org.agrona.collections.Int2ObjectHashMap;

/** What happens a second: differences between two looks of the daemon at its queues. */
final class Rates {
    private static final double MS_PER_S = 1000;

    private Snapshot snapshot;
    private Int2ObjectHashMap<QueueStatistics> before = new Int2ObjectHashMap<>();
    private Int2ObjectHashMap<QueueStatistics> now = new Int2ObjectHashMap<>();
    private double seconds;
    private double syncs;

    /** Takes what was read; nothing is new as long as the daemon has not looked again. */
    void update(Snapshot read) {
        long lookedMs = read.get(SystemCounter.LOOKED);
        boolean first = snapshot == null;
        if (!first && snapshot.get(SystemCounter.LOOKED) == lookedMs) {
            return;
        }
        seconds = first ? 0 : (lookedMs - snapshot.get(SystemCounter.LOOKED)) / MS_PER_S;
        syncs = first ? 0 : perSecond(read.get(SystemCounter.SYNCS) - snapshot.get(SystemCounter.SYNCS));
        snapshot = read;
        before = now;
        now = new Int2ObjectHashMap<>();
        for (QueueStatistics queue : read.queues()) {
            now.put(queue.msqid(), queue);
        }
    }

    /** What was read last when the daemon had looked again. */
    Snapshot snapshot() {
        return snapshot;
    }

    /** Whether there are two looks to compare. */
    boolean known() {
        return seconds > 0;
    }

    double sent(QueueStatistics queue) {
        return of(queue, QueueCounter.SENT);
    }

    double received(QueueStatistics queue) {
        return of(queue, QueueCounter.RECEIVED);
    }

    /** Syncs of all logs. */
    double syncs() {
        return syncs;
    }

    private double of(QueueStatistics queue, QueueCounter counter) {
        QueueStatistics earlier = before.get(queue.msqid());
        return earlier == null ? 0 : perSecond(queue.get(counter) - earlier.get(counter));
    }

    /** A queue that was made anew, or a clock that was set, makes nothing negative. */
    private double perSecond(long difference) {
        return seconds > 0 ? Math.max(0, difference / seconds) : 0;
    }
}
