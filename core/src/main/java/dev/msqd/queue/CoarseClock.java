package dev.msqd.queue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The real-time clock in seconds at the price of a load: a thread of its own wakes at each turn of the second. What it
 * tells is behind by as long as that thread takes to wake, and by a second at most after the clock was set (R74).
 */
final class CoarseClock {
    private static volatile long nanoTime = System.nanoTime();
    private static volatile long seconds = System.currentTimeMillis() / 1000;

    static {
        Thread thread = new Thread(CoarseClock::run, "msqd-clock");
        thread.setDaemon(true);
        thread.start();
    }

    private CoarseClock() {}

    static long seconds() {
        return seconds;
    }

    /** The monotonic clock, as far behind; not more than a second as long as this process runs. */
    static long nanoTime() {
        return nanoTime;
    }

    private static void run() {
        while (true) {
            long nowMs = System.currentTimeMillis();
            seconds = nowMs / 1000;
            nanoTime = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1000 - nowMs % 1000));
        }
    }
}
