package dev.msqd.bench.worker;

import dev.msqd.bench.peer.Idle;
import dev.msqd.bench.peer.Line;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Two processes, each on one end of both ways. The near one sends and then asks, the far one receives and then answers:
 *
 * <pre>
 *        near                                    far
 *          |  warm-up, then the messages          |
 *          |--------------- there ---------------&gt;|  takes the time from the first of them to the last
 *          |&lt;-------------- back -----------------|  done
 *          |                                      |
 *          |--------------- there ---------------&gt;|
 *   takes  |&lt;-------------- back -----------------|  warm-up, then the round trips
 *   each   |             ...                      |
 * </pre>
 *
 * Every message is checked to be the next one.
 */
final class Exchange {
    /** The far process: messages a second. */
    static final String RATE = "rate";
    /** The near process: nanoseconds. */
    static final String ROUND_TRIPS = "round-trips";

    /** Loops run in pieces, so that the compiled code of a piece is entered anew instead of replaced in mid-flight. */
    private static final int PIECE = 1_000;
    /** Messages that are taken at a call from a peer that hands out several. */
    private static final int BATCH = 64;

    private final Line there;
    private final Line back;
    private final Orders orders;
    private final Outcome outcome;
    private long expected;

    Exchange(Line there, Line back, Orders orders, Outcome outcome) {
        this.there = there;
        this.back = back;
        this.orders = orders;
        this.outcome = outcome;
    }

    void ask() {
        long all = orders.warmUpMessages() + orders.messages();
        for (long from = 0; from < all; from += PIECE) {
            send(from, Math.min(from + PIECE, all));
        }
        back.receive(all);
        Histogram roundTripsNs = Outcome.newHistogram();
        ask(orders.warmUpRoundTrips(), roundTripsNs);
        roundTripsNs.reset();
        ask(orders.roundTrips(), roundTripsNs);
        outcome.put(ROUND_TRIPS, roundTripsNs);
    }

    void answer() {
        long all = orders.warmUpMessages() + orders.messages();
        receiveTo(orders.warmUpMessages());
        if (orders.messages() > 0) {
            receiveTo(orders.warmUpMessages() + 1);
            long startNs = System.nanoTime();
            receiveTo(all);
            outcome.put(RATE,
                (double) (orders.messages() - 1) * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNs));
        }
        back.send(all);
        answer(orders.warmUpRoundTrips());
        answer(orders.roundTrips());
    }

    private void send(long from, long to) {
        for (long number = from; number < to; number++) {
            there.send(number);
        }
    }

    private void receiveTo(long to) {
        while (expected < to) {
            receivePiece(Math.min(expected + PIECE, to));
        }
    }

    private void receivePiece(long to) {
        while (expected < to) {
            if (!orders.shape().polling()) {
                take(there.receive());
            } else if (there.poll(this::take, (int) Math.min(BATCH, to - expected)) == 0) {
                Idle.once();
            }
        }
    }

    private void take(long number) {
        if (number != expected) {
            throw new IllegalStateException("received message " + number + " instead of " + expected);
        }
        expected++;
    }

    private void ask(long count, Histogram roundTripsNs) {
        for (long from = 0; from < count; from += PIECE) {
            ask(from, Math.min(from + PIECE, count), roundTripsNs);
        }
    }

    private void ask(long from, long to, Histogram roundTripsNs) {
        for (long number = from; number < to; number++) {
            long startNs = System.nanoTime();
            there.send(number);
            back.receive(number);
            Outcome.record(roundTripsNs, System.nanoTime() - startNs);
        }
    }

    private void answer(long count) {
        for (long from = 0; from < count; from += PIECE) {
            answer(from, Math.min(from + PIECE, count));
        }
    }

    private void answer(long from, long to) {
        for (long number = from; number < to; number++) {
            there.receive(number);
            back.send(number);
        }
    }
}
