package dev.msqd.daemon.durability;

import dev.msqd.calls.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
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

/** Senders and receivers of several queues, some of each level, while other queues come and go. Notes all that happens. */
final class Workload {
    private static final int SENDERS = 2;
    private static final int RECEIVERS = 2;
    private static final int PASSING = 4;
    private static final int PASSING_MESSAGES = 3;
    private static final long BETWEEN_KILLS_MS = 500;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final IntSupplier writes;
    private final int messages;
    private final boolean refusable;
    private final SplittableRandom random;
    private final Map<String, QueueHistory> histories = new ConcurrentSkipListMap<>();
    private final Map<String, AtomicInteger> refusals = new ConcurrentSkipListMap<>();
    private List<QueueHistory> lasting;
    private int round;

    /**
     * @param writes    how many writes the device has got, or another clock that says what came before what
     * @param messages  of a sender in a round
     * @param refusable whether an errno is an answer that may come
     */
    Workload(IntSupplier writes, int messages, boolean refusable, long seed) {
        this.writes = writes;
        this.messages = messages;
        this.refusable = refusable;
        this.random = new SplittableRandom(seed);
    }

    /** What happened to the queues, by name. */
    Map<String, QueueHistory> histories() {
        return histories;
    }

    /** How often which errno came. */
    Map<String, AtomicInteger> refusals() {
        return refusals;
    }

    /**
     * Compares what was found after a power cut with all that was promised.
     *
     * @param found the messages of each queue, as {@link Subject#recover} finds them
     */
    void check(Verdict verdict, Map<String, long[]> found) {
        TreeSet<String> unknown = new TreeSet<>(found.keySet());
        unknown.removeAll(histories.keySet());
        unknown.forEach(name -> verdict.wrong("unknown queue " + name));
        histories.values().forEach(history -> history.check(verdict, found.get(history.name())));
    }

    int messageCount() {
        return histories.values().stream().mapToInt(QueueHistory::size).sum();
    }

    /** Makes the queues that are there in all rounds. */
    void begin(Subject.Service service) throws Exception {
        for (String name : List.of("sync-1", "sync-2", "interval-1", "interval-2")) {
            make(service, name, name.startsWith("sync") ? Level.SYNC : Level.INTERVAL);
        }
        lasting = List.copyOf(histories.values());
    }

    /** Works; when this returns nobody has a queue open. */
    void run(Subject.Service service) throws Exception {
        List<Callable<Void>> tasks = new ArrayList<>();
        for (QueueHistory history : lasting) {
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
        String passing = "passing-" + round++ + "-";
        tasks.add(() -> {
            for (int i = 0; i < PASSING; i++) {
                comeAndGo(service, passing + i, i % 2 == 0);
                if (service.canBeKilledInUse() && !refusable) {
                    TimeUnit.MILLISECONDS.sleep(BETWEEN_KILLS_MS);
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

    /** Something that is done, or refused. */
    private interface Action {
        void run() throws Exception;
    }

    private boolean attempt(Action action) throws Exception {
        try {
            action.run();
            return true;
        } catch (ErrnoException e) {
            if (!refusable) {
                throw e;
            }
            refusals.computeIfAbsent(e.errnoName(), name -> new AtomicInteger()).incrementAndGet();
            LockSupport.parkNanos(PAUSE_NS);
            return false;
        }
    }

    private Step step() {
        return new Step(writes.getAsInt(), System.nanoTime());
    }

    private void done(Step step) {
        long nowNs = System.nanoTime();
        step.done(writes.getAsInt(), nowNs);
    }

    private boolean make(Subject.Service service, String name, Level level) throws Exception {
        Step step = step();
        histories.put(name, new QueueHistory(name, level, step));
        return attempt(() -> {
            service.open(name, level).close();
            done(step);
        });
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
        attempt(() -> {
            queue.send(Payload.mtype(id), bytes);
            done(step);
            history.sent(step);
        });
    }

    private Void receive(Subject.Service service, QueueHistory history, int backlog, SplittableRandom own,
        AtomicInteger sending) throws Exception {
        try (Subject.Queue queue = service.open(history.name(), history.level())) {
            while (sending.get() > 0) {
                if (history.depth() < backlog) {
                    LockSupport.parkNanos(PAUSE_NS);
                } else {
                    receive(queue, history, own.nextInt(Payload.TYPES + 1));
                }
            }
        }
        return null;
    }

    private void receive(Subject.Queue queue, QueueHistory history, int mtype) throws Exception {
        Step step = step();
        boolean answered = attempt(() -> {
            long id = queue.receive(mtype);
            if (id != 0) {
                done(step);
                history.received(id, step);
            }
        });
        if (!answered) {
            history.receiptRefused(step, System.nanoTime());
        }
    }

    /** A queue that is made, sent to, and removed or not. */
    private void comeAndGo(Subject.Service service, String name, boolean goes) throws Exception {
        if (!make(service, name, Level.SYNC)) {
            return;
        }
        QueueHistory history = histories.get(name);
        attempt(() -> {
            try (Subject.Queue queue = service.open(name, Level.SYNC)) {
                for (int sequence = 0; sequence < PASSING_MESSAGES; sequence++) {
                    send(queue, history, Payload.id(1, sequence));
                }
            }
        });
        if (goes) {
            Step step = step();
            history.removedBy(step);
            attempt(() -> {
                service.remove(name);
                done(step);
            });
        }
    }
}
