package dev.msqd.bench.machine;

import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How far two processors lie from each other: nanoseconds that a cache line takes from one to the other and back. A hypervisor may move
 * them about, so that they share a core or not, and all that goes between two processes takes two to four times as long then.
 */
public final class Distance {
    /** Many and short, less than a millisecond: some of them end before others get the processors, so that load is not taken for distance. */
    private static final int TRIES = 100;
    private static final int TRIPS = 500;
    private static final long PATIENCE_MS = 2_000;
    /** In the middle of an array that is longer than two lines on each side. */
    private static final int WORD = 64;

    private final AtomicIntegerArray line = new AtomicIntegerArray(2 * WORD);
    private volatile boolean over;
    private long bestNs = Long.MAX_VALUE;

    private Distance() {}

    /** Of the fastest try; empty where a thread can't be pinned to each of them. Takes some milliseconds. */
    public static OptionalLong roundTripNs(int first, int second) throws InterruptedException {
        if (first == second) {
            return OptionalLong.empty();
        }
        Distance distance = new Distance();
        Thread asking = Thread.ofPlatform().daemon().start(() -> distance.ask(first));
        Thread answering = Thread.ofPlatform().daemon().start(() -> distance.answer(second));
        asking.join(PATIENCE_MS);
        distance.over = true;
        asking.join();
        answering.join();
        return distance.bestNs == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(distance.bestNs);
    }

    private void ask(int processor) {
        if (!Affinity.pin(processor)) {
            over = true;
            return;
        }
        for (int trip = 0; trip < TRIES * TRIPS;) {
            long startNs = System.nanoTime();
            for (int end = trip + TRIPS; trip < end; trip++) {
                line.set(WORD, 2 * trip + 1);
                if (!awaits(2 * trip + 2)) {
                    return;
                }
            }
            bestNs = Math.min(bestNs, (System.nanoTime() - startNs) / TRIPS);
        }
    }

    private void answer(int processor) {
        if (!Affinity.pin(processor)) {
            over = true;
            return;
        }
        for (int trip = 0; trip < TRIES * TRIPS && awaits(2 * trip + 1); trip++) {
            line.set(WORD, 2 * trip + 2);
        }
    }

    private boolean awaits(int value) {
        while (line.get(WORD) != value) {
            if (over) {
                return false;
            }
        }
        return true;
    }
}
