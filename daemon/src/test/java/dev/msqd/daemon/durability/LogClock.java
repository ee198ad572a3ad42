package dev.msqd.daemon.durability;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/** Notes when a log had got how long: that of a device's writes, or of a process's calls. */
final class LogClock implements AutoCloseable {
    private static final long PERIOD_NS = TimeUnit.MICROSECONDS.toNanos(500);

    private final IntSupplier length;
    private final Thread thread;
    private int[] lengths = new int[1024];
    private long[] timesNs = new long[1024];
    private int count;
    private volatile boolean stopped;

    LogClock(IntSupplier length) {
        this.length = length;
        this.thread = Thread.ofPlatform().daemon().name("log-clock").start(this::run);
    }

    private void run() {
        while (!stopped) {
            int now = length.getAsInt();
            if (count == 0 || lengths[count - 1] != now) {
                if (count == lengths.length) {
                    lengths = Arrays.copyOf(lengths, 2 * count);
                    timesNs = Arrays.copyOf(timesNs, 2 * count);
                }
                lengths[count] = now;
                timesNs[count] = System.nanoTime();
                count++;
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    /** When it was that long; to be asked when this is closed. */
    long timeNs(int sought) {
        int index = Arrays.binarySearch(lengths, 0, count, sought);
        int first = index >= 0 ? index : -index - 1;
        return timesNs[Math.min(first, count - 1)];
    }

    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
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
}
