package dev.msqd.daemon.durability;

import dev.msqd.daemon.durability.device.WriteLog;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Notes when a device got how many writes. */
final class DeviceClock implements AutoCloseable {
    private static final long PERIOD_NS = TimeUnit.MICROSECONDS.toNanos(500);

    private final WriteLog log;
    private final Thread thread;
    private int[] writes = new int[1024];
    private long[] timesNs = new long[1024];
    private int count;
    private volatile boolean stopped;

    DeviceClock(WriteLog log) {
        this.log = log;
        this.thread = Thread.ofPlatform().daemon().name("device-clock").start(this::run);
    }

    private void run() {
        while (!stopped) {
            int now = log.size();
            if (count == 0 || writes[count - 1] != now) {
                if (count == writes.length) {
                    writes = Arrays.copyOf(writes, 2 * count);
                    timesNs = Arrays.copyOf(timesNs, 2 * count);
                }
                writes[count] = now;
                timesNs[count] = System.nanoTime();
                count++;
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    /** When that many were there; to be asked when this is closed. */
    long timeNs(int number) {
        int index = Arrays.binarySearch(writes, 0, count, number);
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
