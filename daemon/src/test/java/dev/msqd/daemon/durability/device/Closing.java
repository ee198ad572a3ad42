package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Things that are let go in the reverse order, at the end of the JVM at the latest: nothing stays mounted or attached. */
public final class Closing implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Thread atExit = new Thread(this::closeQuietly);

    public Closing() {
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    public synchronized <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Lets go of everything; throws what went wrong first. */
    @Override
    public void close() throws IOException {
        closeAll();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private synchronized void closeAll() throws IOException {
        IOException failure = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IOException("letting go of devices: " + e, e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void closeQuietly() {
        try {
            closeAll();
        } catch (IOException e) {
            e.printStackTrace();
        }
    }
}
