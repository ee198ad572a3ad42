package dev.msqd.bench.peer;

import java.io.IOException;

/**
 * A way that was made: its address for {@link Peer#open}, and how to take it away.
 *
 * @param address one word
 */
public record Link(String address, Remover remover) implements AutoCloseable {
    /** Takes away what was made. */
    @FunctionalInterface
    public interface Remover {
        void remove() throws IOException;
    }

    @Override
    public void close() throws IOException {
        remover.remove();
    }
}
