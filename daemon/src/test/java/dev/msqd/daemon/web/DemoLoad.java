package dev.msqd.daemon.web;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleUnaryOperator;

/** Queues as a shop might have them, with something going on in each. */
final class DemoLoad implements AutoCloseable {
    private static final long TICK_NS = 20_000_000;
    private static final double NS_PER_S = 1e9;

    private final Msqd msqd;
    private final List<Thread> threads = new ArrayList<>();
    private final long startNs = System.nanoTime();
    private volatile boolean ending;

    DemoLoad(Msqd msqd) {
        this.msqd = msqd;
        flow("orders", Durability.SYNC, 300, t -> 260 + 90 * Math.sin(t / 7), t -> 255 + 70 * Math.sin(t / 9 + 1));
        flow("payments", Durability.SYNC, 180, t -> 120 + 30 * Math.sin(t / 5), t -> 400);
        flow("inventory", Durability.INTERVAL, 512, t -> 2200 + 600 * Math.sin(t / 11),
            t -> 2150 + 900 * Math.sin(t / 6));
        flow("clickstream", Durability.PROCESS, 96, t -> 6200 + 2400 * Math.sin(t / 8),
            t -> 6100 + 2400 * Math.sin(t / 8 - 0.4));
        flow("mail", Durability.INTERVAL, 2048, t -> t % 20 < 3 ? 400 : 6, t -> 55);
        flow("thumbnails", Durability.INTERVAL, 30_000, t -> t % 15 < 5 ? 90 : 12, t -> 30);
        flow("audit", Durability.INTERVAL, 400, t -> 35, t -> 0);
        flow("search-index", Durability.INTERVAL, 700, t -> 800 + 700 * Math.sin(t / 4), t -> 900);
        flow("notifications", Durability.INTERVAL, 250, t -> 150, t -> 150);
        idle("dead-letters", 17);
        idle("nightly-report", 0);
        full("exports", 64_000);
    }

    /** @param sends and receives: messages a second at a time in seconds */
    private void flow(String name, Durability durability, int length, DoubleUnaryOperator sends,
        DoubleUnaryOperator receives) {
        int msqid = msqd.get(name, Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(durability));
        run(msqid, sends, queue -> queue.trySend(1, new byte[length], 0, length));
        run(msqid, receives, queue -> queue.tryReceive(Selector.any(), (mtype, buffer, offset, size) -> {}));
        if (name.equals("payments") || name.equals("notifications")) {
            run(msqid, t -> 1000, queue -> queue.receive(Selector.any(), new byte[length], 0, length));
        }
    }

    private void idle(String name, int messages) {
        try (MessageQueue queue = msqd.open(msqd.get(name, Msqd.IPC_CREAT | 0600))) {
            for (int i = 0; i < messages; i++) {
                queue.send(1, new byte[200], 0, 200);
            }
        }
    }

    private void full(String name, long qbytes) {
        int msqid = msqd.get(name, Msqd.IPC_CREAT | 0600, qbytes);
        run(msqid, t -> 50, queue -> queue.send(1, new byte[900], 0, 900));
        run(msqid, t -> 2, queue -> queue.tryReceive(Selector.any(), (mtype, buffer, offset, size) -> {}));
    }

    private void run(int msqid, DoubleUnaryOperator rate, Step step) {
        threads.add(Thread.ofPlatform().daemon().start(() -> {
            double due = 0;
            try (MessageQueue queue = msqd.open(msqid)) {
                while (!ending) {
                    due +=
                        Math.max(0, rate.applyAsDouble((System.nanoTime() - startNs) / NS_PER_S)) * TICK_NS / NS_PER_S;
                    while (due >= 1 && !ending) {
                        step.take(queue);
                        due--;
                    }
                    LockSupport.parkNanos(TICK_NS);
                }
            } catch (ErrnoException e) {
                if (!ending) {
                    throw e;
                }
            }
        }));
    }

    /** How many threads send and receive. */
    int threads() {
        return threads.size();
    }

    @Override
    public void close() {
        ending = true;
        boolean interrupted = false;
        for (Thread thread : threads) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Step {
        void take(MessageQueue queue);
    }
}
