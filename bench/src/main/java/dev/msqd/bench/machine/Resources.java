package dev.msqd.bench.machine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What must be gone when the harness is, also when it is interrupted: queues of the kernel's and files in shared memory
 * outlive processes. Closed in the reverse order, each once. Any thread.
 */
public final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    public Resources() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "clean-up"));
    }

    public synchronized <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Forgets what its owner closes himself. */
    public synchronized void remove(AutoCloseable resource) {
        open.remove(resource);
    }

    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                System.err.println("clean-up: " + e);
            }
        }
    }
}
