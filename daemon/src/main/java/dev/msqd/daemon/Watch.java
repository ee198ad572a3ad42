package dev.msqd.daemon;

import dev.msqd.calls.Poller;
import org.agrona.collections.Int2ObjectHashMap;

/** Which descriptor's events go where. The conductor's alone, except {@link #wakeup()}. */
final class Watch implements AutoCloseable {
    private final Poller poller = new Poller();
    private final Int2ObjectHashMap<Runnable> handlers = new Int2ObjectHashMap<>();

    /** Calls the handler whenever the descriptor can be read, or its other side has closed. */
    void add(int fd, Runnable onReadable) {
        poller.add(fd, Poller.IN);
        handlers.put(fd, onReadable);
    }

    /** Before a descriptor is closed. */
    void remove(int fd) {
        handlers.remove(fd);
        poller.remove(fd);
    }

    /**
     * Waits for events and hands them over.
     *
     * @param timeoutMs 0 looks once, a negative number waits for ever
     * @return how many there were
     */
    int poll(long timeoutMs) {
        return poller.poll(timeoutMs, (fd, events) -> handlers.get(fd).run());
    }

    /** Ends a {@link #poll} under way, or the next one. Any thread. */
    void wakeup() {
        poller.wakeup();
    }

    @Override
    public void close() {
        poller.close();
    }
}
