package dev.msqd.daemon.contract;

import dev.msqd.queue.AsyncCall;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** A call on a thread of its own that is expected to sleep, and what became of it. */
public final class Sleeper<T> {
    private final AsyncCall<T> call;
    private volatile Path task;

    private Sleeper(MessageQueues queues, Callable<T> call) {
        this.call = AsyncCall.start(() -> {
            task = queues.task();
            return call.call();
        });
    }

    /** Starts the call; it sleeps when this returns. */
    static <T> Sleeper<T> start(MessageQueues queues, Callable<T> call) throws Exception {
        Sleeper<T> sleeper = new Sleeper<>(queues, call);
        sleeper.awaitAsleep();
        return sleeper;
    }

    /** Waits until it sleeps, which it may do already. */
    void awaitAsleep() throws Exception {
        while (task == null || !Task.sleepsInCall(task)) {
            if (call.isDone()) {
                throw new AssertionError("it did not sleep but returned " + call.result());
            }
            Thread.sleep(1);
        }
    }

    Path task() {
        return task;
    }

    boolean isDone() {
        return call.isDone();
    }

    /** What it returned, once it has. */
    T result() throws Exception {
        return call.result();
    }

    /** It fails, and with this. */
    void assertFailed(int errno) throws InterruptedException {
        call.assertFailed(errno);
    }

    void interruptThread() {
        call.interrupt();
    }
}
