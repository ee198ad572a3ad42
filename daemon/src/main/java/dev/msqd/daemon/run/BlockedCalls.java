package dev.msqd.daemon.run;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Watches the threads whose calls sleep, and ends those calls that a signal or a kill is to end. Nothing tells of a signal: there is only
 * looking. It is looked often at what began to sleep just now, and seldom at what sleeps for long, or is one of many. Any thread.
 */
final class BlockedCalls implements Runnable {
    private static final long MIN_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MAX_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A call that sleeps for so many times as long is looked at half as often. */
    private static final long AGE_PER_INTERVAL = 16;
    /** One look takes 10 to 30 µs: however many calls there are, all looks together take about a twentieth of a processor. */
    private static final long INTERVAL_PER_CALL_NS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long FAR_NS = TimeUnit.DAYS.toNanos(1);

    private final Set<BlockedCall> calls = ConcurrentHashMap.newKeySet();
    private final TaskState state = new TaskState();
    private volatile Thread watch;
    /** When the watch looks next; far away while it looks. */
    private volatile long wakeNs = System.nanoTime() + FAR_NS;

    void add(BlockedCall call) {
        call.lookNs(call.sinceNs() + MIN_INTERVAL_NS);
        calls.add(call);
        if (call.lookNs() - wakeNs < 0) {
            LockSupport.unpark(watch);
        }
    }

    void remove(BlockedCall call) {
        calls.remove(call);
    }

    /** The watch: never ends. */
    @Override
    public void run() {
        watch = Thread.currentThread();
        while (true) {
            long nowNs = System.nanoTime();
            // Who is added from here on either is seen, or sees that the watch is to be woken.
            wakeNs = nowNs + FAR_NS;
            long nextNs = look(nowNs);
            wakeNs = nextNs;
            LockSupport.parkNanos(this, Math.max(nextNs - nowNs, MIN_INTERVAL_NS));
        }
    }

    /** Returns when to look again. */
    private long look(long nowNs) {
        long nextNs = nowNs + FAR_NS;
        long intervalOfMany = calls.size() * INTERVAL_PER_CALL_NS;
        for (BlockedCall call : calls) {
            if (nowNs - call.lookNs() >= 0) {
                if (state.endsWait(call.tid())) {
                    calls.remove(call);
                    call.cancel();
                    continue;
                }
                long ofAge = Math.clamp((nowNs - call.sinceNs()) / AGE_PER_INTERVAL, MIN_INTERVAL_NS, MAX_INTERVAL_NS);
                call.lookNs(nowNs + Math.max(ofAge, intervalOfMany));
            }
            if (call.lookNs() - nextNs < 0) {
                nextNs = call.lookNs();
            }
        }
        return nextNs;
    }
}
