package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Idle;
import dev.msqd.bench.peer.Line;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Messages at a rate, one way, after some as fast as they go. Each carries the time at which it was meant to be sent, and that is what
 * its way is counted from: a sender that is held up sends the next ones late, and they count as late. So no stall hides behind itself
 * (coordinated omission). Both processes read the same clock (CLOCK_MONOTONIC).
 */
final class Paced {
    /** Nanoseconds from the intended time of sending to the receipt. */
    static final String LATENCIES = "latencies";
    /** Messages that count. */
    static final String RECEIVED = "received";

    /** So that what was opened first does not meet a burst. */
    private static final long BEGIN_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int BATCH = 64;

    private Paced() {}

    static void send(Line line, Orders orders) {
        // The first message finds out whether the receiver is there.
        for (long number = 0; number <= orders.warmUpMessages(); number++) {
            line.send(number);
        }
        double intervalNs = (double) TimeUnit.SECONDS.toNanos(1) / orders.perSecond();
        long startNs = System.nanoTime() + BEGIN_NS;
        long all = orders.settling() + orders.messages();
        for (long i = 0; i < all; i++) {
            long intendedNs = startNs + (long) (i * intervalNs);
            while (System.nanoTime() - intendedNs < 0) {
                Idle.once();
            }
            line.send(intendedNs);
        }
    }

    static void receive(Line line, Orders orders, Outcome outcome) {
        line.receive(0);
        Receipts receipts = new Receipts();
        receipts.receive(line, orders.shape().polling(), orders.warmUpMessages() + orders.settling());
        receipts.latenciesNs.reset();
        receipts.receive(line, orders.shape().polling(), orders.messages());
        outcome.put(LATENCIES, receipts.latenciesNs);
        outcome.put(RECEIVED, receipts.latenciesNs.getTotalCount());
    }

    private static final class Receipts implements Line.Sink {
        final Histogram latenciesNs = Outcome.newHistogram();
        private long lastIntendedNs = Long.MIN_VALUE;

        @Override
        public void accept(long intendedNs) {
            if (intendedNs <= lastIntendedNs) {
                throw new IllegalStateException("message of " + intendedNs + " after that of " + lastIntendedNs);
            }
            lastIntendedNs = intendedNs;
            Outcome.record(latenciesNs, System.nanoTime() - intendedNs);
        }

        void receive(Line line, boolean polling, long count) {
            long left = count;
            while (left > 0) {
                if (!polling) {
                    accept(line.receive());
                    left--;
                } else {
                    int taken = line.poll(this, (int) Math.min(BATCH, left));
                    left -= taken;
                    if (taken == 0) {
                        Idle.once();
                    }
                }
            }
        }
    }
}
