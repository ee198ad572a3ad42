package dev.msqd.daemon;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * When the daemon gives back memory that queues do not need, and looks for receivers that were stopped. Rounds over the queues in use: 100 ms apart, and further
 * apart as long as they find nothing, up to 1.6 s; none while nobody is attached. One thread at a time.
 */
final class HouseKeeping {
    /** What {@link #dueInMs} says when there is nothing to wait for. */
    static final long NEVER = -1;

    private static final long MIN_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_INTERVAL_NS = 16 * MIN_INTERVAL_NS;
    /** Queues looked at in one turn. */
    private static final int MAX_QUEUES = 64;

    private final Queues queues;
    private final Upkeep upkeep;
    private final Clients clients;
    private final Map<Long, Boolean> stopped = new HashMap<>();
    private int nextIndex;
    private int workInRound;
    private boolean queuesInUse;
    private boolean asleep;
    private long intervalNs = MIN_INTERVAL_NS;
    private long nextRoundNs;

    HouseKeeping(Queues queues, Clients clients, long nowNs) {
        this.queues = queues;
        this.upkeep = queues.upkeep();
        this.clients = clients;
        this.nextRoundNs = nowNs + intervalNs;
    }

    /** Milliseconds until the next turn, 0 for at once, or {@link #NEVER}. */
    long dueInMs(long nowNs) {
        if (asleep && clients.size() == 0) {
            return NEVER;
        }
        long remainingNs = nextRoundNs - nowNs;
        return remainingNs <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(remainingNs) + 1;
    }

    /** One turn if one is due; returns how much was done. */
    int run(long nowNs) {
        if (dueInMs(nowNs) != 0) {
            return 0;
        }
        int work = 0;
        int looked = 0;
        for (ServedQueue queue : queues.from(nextIndex)) {
            if (looked == MAX_QUEUES) {
                workInRound += work;
                return work;
            }
            if (queue.repairDue()) {
                upkeep.repair(queue, clients::isAlive);
            }
            boolean inUse = queue.attachments() > 0 || queue.repairDue() || clients.anyInherited();
            if (inUse || queue.unsettled()) {
                looked++;
                int done = upkeep.keepHouse(queue) + upkeep.dismissStopped(queue, this::isStopped);
                work += done;
                queuesInUse |= inUse || done > 0;
                if (!inUse && done == 0 && queue.keeper() != null) {
                    queue.settled();
                }
            }
            nextIndex = queue.entry().index() + 1;
        }
        workInRound += work;
        endRound(nowNs);
        return work;
    }

    /** Each client is asked for once a round. */
    private boolean isStopped(long clientId) {
        return stopped.computeIfAbsent(clientId, clients::isStopped);
    }

    private void endRound(long nowNs) {
        intervalNs = workInRound > 0 ? MIN_INTERVAL_NS : Math.min(2 * intervalNs, MAX_INTERVAL_NS);
        nextRoundNs = nowNs + intervalNs;
        asleep = !queuesInUse;
        nextIndex = 0;
        workInRound = 0;
        queuesInUse = false;
        stopped.clear();
        queues.count();
        queues.noteTimes(nowNs);
    }
}
