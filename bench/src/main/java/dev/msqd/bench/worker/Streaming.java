package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Idle;
import dev.msqd.bench.peer.Line;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Messages from some processes to others, through one queue or by turns through several. When all senders have ended, the harness sends
 * {@link #END} to each receiver, in each queue.
 */
final class Streaming {
    /** What follows the last message. */
    static final long END = Long.MAX_VALUE;

    static final String RECEIVED = "received";
    static final String SUM = "sum";
    /** Messages a second, since the warm-up. */
    static final String RATE = "rate";

    /** The clock is looked at so often: what comes after the last time does not count. A power of two. */
    private static final int STAMP_EVERY = 64;

    private Streaming() {}

    /** The numbers from 1 to as many as there are in the orders. */
    static void send(List<Line> lines, Orders orders) {
        send(lines, 1, orders.warmUpMessages() + orders.messages());
    }

    /** The same, but waits after the warm-up for the harness to say go again. */
    static void sendInTwo(List<Line> lines, Orders orders) throws IOException {
        send(lines, 1, orders.warmUpMessages());
        Gate.pass();
        send(lines, orders.warmUpMessages() + 1, orders.warmUpMessages() + orders.messages());
    }

    private static void send(List<Line> lines, long first, long last) {
        int queue = (int) ((first - 1) % lines.size());
        for (long number = first; number <= last; number++) {
            lines.get(queue).send(number);
            queue = queue + 1 == lines.size() ? 0 : queue + 1;
        }
    }

    /** Until every queue has ended. The queues come by turns, as they are sent to: one that is empty is waited for. */
    static void receive(List<Line> lines, Orders orders, Outcome outcome) {
        Receipts receipts = new Receipts(orders.warmUpMessages());
        int queue = 0;
        while (receipts.ends < lines.size()) {
            Line line = lines.get(queue);
            if (!orders.shape().polling()) {
                receipts.accept(line.receive());
            } else if (line.poll(receipts, 1) == 0) {
                Idle.once();
                continue;
            }
            queue = queue + 1 == lines.size() ? 0 : queue + 1;
        }
        outcome.put(RECEIVED, receipts.received);
        outcome.put(SUM, receipts.sum);
        outcome.put(RATE, receipts.perSecond());
    }

    private static final class Receipts implements Line.Sink {
        long received;
        long sum;
        int ends;
        private final long warmUp;
        private long first;
        private long last;
        private long firstNs;
        private long lastNs;

        Receipts(long warmUp) {
            this.warmUp = warmUp;
        }

        @Override
        public void accept(long number) {
            if (number == END) {
                ends++;
                return;
            }
            sum += number;
            if ((++received & STAMP_EVERY - 1) == 0) {
                stamp();
            }
        }

        private void stamp() {
            last = received;
            lastNs = System.nanoTime();
            if (first == 0 && received >= warmUp) {
                first = last;
                firstNs = lastNs;
            }
        }

        /** 0 if there were too few to tell. */
        double perSecond() {
            return last == first ? 0 : (double) (last - first) * TimeUnit.SECONDS.toNanos(1) / (lastNs - firstNs);
        }
    }
}
