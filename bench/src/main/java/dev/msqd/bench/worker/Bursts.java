package dev.msqd.bench.worker;

import dev.msqd.bench.machine.Affinity;
import dev.msqd.bench.peer.End;
import dev.msqd.bench.peer.Line;
import dev.msqd.bench.peer.Peer;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;

/**
 * Two threads, a processor each, send bursts into one queue at the same time; what they sent is received in between, which is not
 * measured. So they meet each other and nobody else.
 */
final class Bursts {
    /** Nanoseconds that a whole burst took, of both together. */
    static final String TIMES = "times";
    /** Messages of each in a burst: together they fit the queue. */
    static final int BURST = 1_000;
    private static final int SENDERS = 2;

    /** Burst that both may begin, and how many ended it. */
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final int bursts;

    private Bursts(int bursts) {
        this.bursts = bursts;
    }

    static void measure(Peer peer, String address, Orders orders, Outcome outcome) throws IOException {
        int warmUp = (int) (orders.warmUpMessages() / (SENDERS * BURST));
        int counted = (int) Math.max(1, orders.messages() / (SENDERS * BURST));
        Bursts bursts = new Bursts(warmUp + counted);
        try (Line receiving = peer.open(address, End.RECEIVES, orders.shape());
            Line own = peer.open(address, End.SENDS, orders.shape());
            Line other = peer.open(address, End.SENDS, orders.shape())) {
            Gate.pass();
            Thread second = Thread.ofPlatform().daemon().start(() -> bursts.follow(other));
            outcome.put(TIMES, bursts.lead(own, receiving, warmUp));
            second.join();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private Histogram lead(Line own, Line receiving, int warmUp) {
        Affinity.pin(0);
        Histogram timesNs = Outcome.newHistogram();
        for (int burst = 1; burst <= bursts; burst++) {
            if (burst == warmUp + 1) {
                timesNs.reset();
            }
            ended.set(0);
            long startNs = System.nanoTime();
            begun.set(burst);
            send(own);
            await(ended, SENDERS);
            Outcome.record(timesNs, System.nanoTime() - startNs);
            long sum = 0;
            for (int i = 0; i < SENDERS * BURST; i++) {
                sum += receiving.receive();
            }
            if (sum != (long) SENDERS * BURST * (BURST - 1) / 2) {
                throw new IllegalStateException("burst " + burst + " came out as others than were sent");
            }
        }
        return timesNs;
    }

    private void follow(Line line) {
        try {
            Affinity.pin(1);
            for (int burst = 1; burst <= bursts; burst++) {
                await(begun, burst);
                send(line);
            }
        } catch (RuntimeException | Error e) {
            failure.set(e);
        }
    }

    private void send(Line line) {
        for (int i = 0; i < BURST; i++) {
            line.send(i);
        }
        ended.incrementAndGet();
    }

    private void await(AtomicInteger word, int value) {
        while (word.get() != value) {
            if (failure.get() != null) {
                throw new IllegalStateException("the other sender failed", failure.get());
            }
            Thread.onSpinWait();
        }
    }
}
