package dev.msqd.daemon.durability;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** What happened to a queue, and what must be left of it after a power cut. Any thread. */
final class QueueHistory {
    private final String name;
    private final Level level;
    private final Step made;
    private final Map<Integer, List<Fate>> bySender = new ConcurrentHashMap<>();
    private final Map<Long, Fate> byId = new ConcurrentHashMap<>();
    private final List<Doubt> doubts = new CopyOnWriteArrayList<>();
    private final AtomicInteger depth = new AtomicInteger();
    private volatile Step removed;

    /** A receive that was refused: when, and, as its end, when all was well again. */
    private record Doubt(Step step, long refusedNs) {}

    QueueHistory(String name, Level level, Step made) {
        this.name = name;
        this.level = level;
        this.made = made;
    }

    String name() {
        return name;
    }

    Level level() {
        return level;
    }

    Step made() {
        return made;
    }

    void removedBy(Step step) {
        removed = step;
    }

    /** A message is about to be sent; one sender's by one thread. */
    void sending(long id, Step step) {
        Fate fate = new Fate(id, step);
        byId.put(id, fate);
        bySender.computeIfAbsent(Payload.sender(id), sender -> new ArrayList<>()).add(fate);
    }

    /** A send was answered. */
    void sent(Step step) {
        depth.incrementAndGet();
        settle(step);
    }

    /** A receive got an errno. Until something succeeds that was begun later, a message may be gone that nobody got. */
    void receiptRefused(Step step, long nowNs) {
        doubts.add(new Doubt(step, nowNs));
    }

    private void settle(Step success) {
        for (Doubt doubt : doubts) {
            if (!doubt.step.isDone() && success.beginNs() - doubt.refusedNs > 0) {
                success.copyEndTo(doubt.step);
            }
        }
    }

    /** A message was received. */
    void received(long id, Step step) {
        Fate fate = byId.get(id);
        if (fate == null || fate.receive() != null) {
            throw new AssertionError(name + ": " + (fate == null ? "received what nobody sent: " + id
                : fate + " came again"));
        }
        fate.receivedBy(step);
        depth.decrementAndGet();
        settle(step);
    }

    /** How many were sent and answered, less those received. */
    int depth() {
        return depth.get();
    }

    int size() {
        return byId.size();
    }

    /**
     * Compares what was found after a power cut with what was promised.
     *
     * @param found numbers of the messages in order; null if there is no such queue
     */
    void check(Verdict verdict, long[] found) {
        boolean mayBeMade = !made.isAfter(verdict.cut());
        boolean mayBeRemoved = removed != null && !removed.isAfter(verdict.cut());
        if (found == null) {
            if (made.isDoneBy(verdict.flushed()) && !mayBeRemoved) {
                verdict.wrong(name + " is gone, made " + made);
            }
        } else if (!mayBeMade) {
            verdict.wrong(name + " is there before it was made " + made);
        } else if (removed != null && removed.isDoneBy(verdict.flushed())) {
            verdict.wrong(name + " is back, removed " + removed);
        } else if (!mayBeRemoved) {
            checkMessages(verdict, found);
        }
    }

    private void checkMessages(Verdict verdict, long[] found) {
        Map<Long, Fate> there = new HashMap<>();
        for (long id : found) {
            Fate fate = byId.get(id);
            if (fate == null) {
                verdict
                    .wrong(name + (id == Payload.CORRUPT ? ": bytes that nobody sent" : ": an unknown message " + id));
            } else if (there.put(id, fate) != null) {
                verdict.wrong(name + ": twice " + fate);
            }
        }
        checkOrder(verdict, found);
        long excused = doubts.stream()
            .filter(doubt -> !doubt.step.isAfter(verdict.cut()) && !doubt.step.isDoneBy(verdict.flushed())).count();
        for (List<Fate> fates : bySender.values()) {
            Fate lost = null;
            for (Fate fate : fates) {
                if (there.containsKey(fate.id())) {
                    checkThere(verdict, fate);
                    if (lost != null && !fate.mayBeReceived(verdict.cut())) {
                        verdict.wrong(name + ": a hole, lost is " + lost + " but not " + fate);
                    }
                } else if (!fate.mayBeReceived(verdict.cut()) && fate.send().isDone()) {
                    if (excused > 0 && level == Level.SYNC && fate.send().isDoneBy(verdict.flushed())) {
                        excused--;
                        continue;
                    }
                    lost = fate;
                    checkLost(verdict, fate);
                }
            }
        }
    }

    private void checkThere(Verdict verdict, Fate fate) {
        if (fate.send().isAfter(verdict.cut())) {
            verdict.wrong(name + ": there before it was sent is " + fate);
        } else if (level == Level.SYNC && fate.isReceivedBy(verdict.flushed())) {
            verdict.wrong(name + ": back is " + fate);
        } else if (level == Level.INTERVAL && fate.receive() != null && fate.receive().isDone()) {
            verdict.repeated(name + ": back is " + fate, fate.receive().endNs());
        }
    }

    private void checkLost(Verdict verdict, Fate fate) {
        if (level == Level.INTERVAL) {
            verdict.lost(name + ": lost is " + fate, fate.send().endNs());
        } else if (fate.send().isDoneBy(verdict.flushed())) {
            verdict.wrong(name + ": lost is " + fate);
        }
    }

    /** What was sent after another send had returned comes after it. */
    private void checkOrder(Verdict verdict, long[] found) {
        Fate latest = null;
        for (long id : found) {
            Fate fate = byId.get(id);
            if (fate == null) {
                continue;
            }
            if (latest != null && fate.send().isDone() && fate.send().endNs() - latest.send().beginNs() < 0) {
                verdict.wrong(name + ": out of order, before " + fate + " comes " + latest);
            }
            if (latest == null || fate.send().beginNs() - latest.send().beginNs() > 0) {
                latest = fate;
            }
        }
    }
}
