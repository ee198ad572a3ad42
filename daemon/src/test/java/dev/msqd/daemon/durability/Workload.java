package dev.msqd.daemon.durability;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * Senders and receivers of several queues, some of each level, while other queues come and go; between rounds the service ends,
 * one way or another, and starts again. Notes all of it.
 */
final class Workload {
    private static final int SENDERS = 2;
    private static final int RECEIVERS = 2;
    private static final int PASSING = 4;
    /** So long nothing happens before the machine goes down and nothing may be lost: far more than the interval. */
    private static final long QUIET_MS = 2000;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Subject subject;
    private final IntSupplier writes;
    private final int messages;
    private final int rounds;
    private final SplittableRandom random;
    private final Map<String, QueueHistory> histories = new ConcurrentSkipListMap<>();

    /**
     * @param writes   how many writes the device has got
     * @param messages of a sender in a round
     */
    Workload(Subject subject, IntSupplier writes, int rounds, int messages, long seed) {
        this.subject = subject;
        this.writes = writes;
        this.rounds = rounds;
        this.messages = messages;
        this.random = new SplittableRandom(seed);
    }

    /** Runs it on a directory; what happened to the queues, by name. */
    Map<String, QueueHistory> run(Path directory) throws Exception {
        try (Subject.Service service = subject.start(directory)) {
            for (String name : List.of("sync-1", "sync-2", "interval-1", "interval-2")) {
                make(service, name, name.startsWith("sync") ? Level.SYNC : Level.INTERVAL);
            }
            List<QueueHistory> lasting = List.copyOf(histories.values());
            for (int round = 0; round < rounds; round++) {
                run(service, lasting, round);
                if (round + 1 < rounds) {
                    Subject.End end = Subject.End.values()[(round + 2) % Subject.End.values().length];
                    if (end == Subject.End.REBOOTED) {
                        TimeUnit.MILLISECONDS.sleep(QUIET_MS);
                    }
                    service.restart(end);
                }
            }
        }
        return histories;
    }

    private Step step() {
        return new Step(writes.getAsInt(), System.nanoTime());
    }

    private void done(Step step) {
        long nowNs = System.nanoTime();
        step.done(writes.getAsInt(), nowNs);
    }

    private QueueHistory make(Subject.Service service, String name, Level level) throws Exception {
        Step step = step();
        QueueHistory history = new QueueHistory(name, level, step);
        histories.put(name, history);
        service.open(name, level).close();
        done(step);
        return history;
    }

    private void run(Subject.Service service, List<QueueHistory> queues, int round) throws Exception {
        List<Callable<Void>> tasks = new ArrayList<>();
        for (QueueHistory history : queues) {
            AtomicInteger sending = new AtomicInteger(SENDERS);
            int backlog = random.nextInt(1, 2 * messages);
            for (int number = 0; number < SENDERS; number++) {
                SplittableRandom own = random.split();
                int sender = 1 + round * SENDERS + number;
                tasks.add(() -> send(service, history, sender, own, sending));
            }
            for (int number = 0; number < RECEIVERS; number++) {
                SplittableRandom own = random.split();
                tasks.add(() -> receive(service, history, backlog, own, sending));
            }
        }
        tasks.add(() -> {
            for (int i = 0; i < PASSING; i++) {
                comeAndGo(service, round, i);
                if (service.canBeKilledInUse()) {
                    TimeUnit.MILLISECONDS.sleep(QUIET_MS / PASSING);
                    service.restart(Subject.End.KILLED);
                }
            }
            return null;
        });
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<Void>> results = new ArrayList<>();
            tasks.forEach(task -> results.add(threads.submit(task)));
            for (Future<Void> result : results) {
                try {
                    result.get();
                } catch (ExecutionException e) {
                    threads.shutdownNow();
                    throw new AssertionError("round " + round, e.getCause());
                }
            }
        }
    }

    private Void send(Subject.Service service, QueueHistory history, int sender, SplittableRandom own,
        AtomicInteger sending) throws Exception {
        try (Subject.Queue queue = service.open(history.name(), history.level())) {
            for (int i = 0; i < messages; i++) {
                send(queue, history, Payload.id(sender, i));
                if (history.level() == Level.INTERVAL) {
                    LockSupport.parkNanos(own.nextLong(2 * PAUSE_NS));
                }
            }
        } finally {
            sending.decrementAndGet();
        }
        return null;
    }

    private void send(Subject.Queue queue, QueueHistory history, long id) throws Exception {
        byte[] bytes = Payload.bytes(id);
        Step step = step();
        history.sending(id, step);
        queue.send(Payload.mtype(id), bytes);
        done(step);
        history.sent();
    }

    private Void receive(Subject.Service service, QueueHistory history, int backlog, SplittableRandom own,
        AtomicInteger sending) throws Exception {
        try (Subject.Queue queue = service.open(history.name(), history.level())) {
            while (sending.get() > 0) {
                if (history.depth() < backlog) {
                    LockSupport.parkNanos(PAUSE_NS);
                    continue;
                }
                Step step = step();
                long id = queue.receive(own.nextInt(Payload.TYPES + 1));
                if (id != 0) {
                    done(step);
                    history.received(id, step);
                }
            }
        }
        return null;
    }

    /** A queue that is made, sent to and, every second one, removed. */
    private void comeAndGo(Subject.Service service, int round, int number) throws Exception {
        String name = "passing-" + round + "-" + number;
        QueueHistory history = make(service, name, Level.SYNC);
        try (Subject.Queue queue = service.open(name, Level.SYNC)) {
            for (int sequence = 0; sequence < 3; sequence++) {
                send(queue, history, Payload.id(1, sequence));
            }
        }
        if (number % 2 == 0) {
            Step step = step();
            history.removedBy(step);
            service.remove(name);
            done(step);
        }
    }
}
