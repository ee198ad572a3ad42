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
    private static final long MAX_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** A call that sleeps for so many times as long is looked at half as often. */
    private static final long AGE_PER_INTERVAL = 16;
    /** One look takes about 7 µs: however many calls there are, all looks together take a twentieth of a processor. */
    private static final long INTERVAL_PER_CALL_NS = TimeUnit.MICROSECONDS.toNanos(140);
    /** So long after the last call, the watch goes to sleep, and has to be woken. */
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Set<BlockedCall> calls = ConcurrentHashMap.newKeySet();
    private final TaskState state = new TaskState();
    private volatile Thread watch;
    private volatile boolean asleep;

    void add(BlockedCall call) {
        call.lookNs(call.sinceNs() + MIN_INTERVAL_NS);
        calls.add(call);
        if (asleep) {
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
        long lastCallNs = System.nanoTime();
        while (true) {
            long nowNs = System.nanoTime();
            if (look(nowNs)) {
                lastCallNs = nowNs;
            }
            if (nowNs - lastCallNs < IDLE_NS) {
                LockSupport.parkNanos(this, MIN_INTERVAL_NS);
                continue;
            }
            asleep = true;
            if (calls.isEmpty()) {
                LockSupport.park(this);
            }
            asleep = false;
            lastCallNs = System.nanoTime();
        }
    }

    /** Returns whether there is any. */
    private boolean look(long nowNs) {
        boolean any = false;
        long intervalOfMany = calls.size() * INTERVAL_PER_CALL_NS;
        for (BlockedCall call : calls) {
            any = true;
            if (nowNs - call.lookNs() >= 0) {
                if (state.endsWait(call.tid())) {
                    calls.remove(call);
                    call.cancel();
                } else {
                    long ofAge =
                        Math.clamp((nowNs - call.sinceNs()) / AGE_PER_INTERVAL, MIN_INTERVAL_NS, MAX_INTERVAL_NS);
                    call.lookNs(nowNs + Math.max(ofAge, intervalOfMany));
                }
            }
        }
        return any;
    }
}
