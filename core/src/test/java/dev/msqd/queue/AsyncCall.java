package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.concurrent.Callable;

/** A call on a thread of its own, and what became of it. */
public final class AsyncCall<T> {
    private final Thread thread;
    private volatile T result;
    private volatile Throwable failure;
    private volatile boolean interruptedAfterwards;

    private AsyncCall(Thread.Builder builder, Callable<T> call) {
        thread = builder.unstarted(() -> {
            try {
                result = call.call();
            } catch (Throwable e) {
                failure = e;
            }
            interruptedAfterwards = Thread.interrupted();
        });
    }

    public static <T> AsyncCall<T> start(Callable<T> call) {
        return new AsyncCall<>(Thread.ofPlatform().daemon(), call).start();
    }

    public static <T> AsyncCall<T> startVirtual(Callable<T> call) {
        return new AsyncCall<>(Thread.ofVirtual(), call).start();
    }

    /** On a thread that is interrupted before the call begins. */
    public static <T> AsyncCall<T> startInterrupted(Callable<T> call) {
        return start(() -> {
            Thread.currentThread().interrupt();
            return call.call();
        });
    }

    private AsyncCall<T> start() {
        thread.start();
        return this;
    }

    public boolean isDone() {
        return !thread.isAlive();
    }

    public void interrupt() {
        thread.interrupt();
    }

    /** What the call returned; what it threw is thrown here. */
    public T result() throws Exception {
        thread.join();
        if (failure instanceof Exception e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        return result;
    }

    /** The call failed, and with this. */
    public void assertFailed(int errno) throws InterruptedException {
        thread.join();
        ErrnoException e = assertInstanceOf(ErrnoException.class, failure, () -> "returned " + result);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
    }

    /** Did the call fail with this? */
    public boolean failedWith(int errno) throws InterruptedException {
        thread.join();
        return failure instanceof ErrnoException e && e.errno() == errno;
    }

    /** Was the interrupt flag still set when the call was over? */
    public boolean wasInterruptedAfterwards() throws InterruptedException {
        thread.join();
        return interruptedAfterwards;
    }
}
