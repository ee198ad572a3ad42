package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Line;
import org.HdrHistogram.Histogram;

/** How long each send takes, when the same thread receives what it sent now and then: the clock is part of it (about 25 ns). */
final class SendTimes {
    static final String TIMES = "times";
    private static final int BATCH = 128;

    private SendTimes() {}

    static void measure(Line sending, Line receiving, Orders orders, Outcome outcome) {
        Histogram timesNs = Outcome.newHistogram();
        measure(sending, receiving, orders.warmUpMessages(), timesNs);
        timesNs.reset();
        measure(sending, receiving, orders.messages(), timesNs);
        outcome.put(TIMES, timesNs);
    }

    private static void measure(Line sending, Line receiving, long count, Histogram timesNs) {
        for (long sent = 0; sent < count; sent += BATCH) {
            send(sending, timesNs);
            for (int i = 0; i < BATCH; i++) {
                receiving.receive((long) i);
            }
        }
    }

    private static void send(Line line, Histogram timesNs) {
        for (int i = 0; i < BATCH; i++) {
            long startNs = System.nanoTime();
            boolean sent = line.trySend(i);
            Outcome.record(timesNs, System.nanoTime() - startNs);
            if (!sent) {
                throw new IllegalStateException("message " + i + " of a batch of " + BATCH + " was refused");
            }
        }
    }
}
