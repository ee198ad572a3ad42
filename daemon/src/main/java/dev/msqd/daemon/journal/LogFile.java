package dev.msqd.daemon.journal;

import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;

/**
 * An open file of a log. Buffers are direct. Every method throws {@link ErrnoException} for what the operating system
 * refuses.
 */
public interface LogFile extends AutoCloseable {
    /** In bytes. */
    long length();

    /**
     * Fills the buffer's remaining bytes from an offset on, as far as the file goes; the position tells how far that
     * was.
     */
    void read(ByteBuffer into, long offset);

    /** Writes the buffer's remaining bytes. What was written when it failed is unknown. */
    void write(ByteBuffer from, long offset);

    /** What was written, and as much of the length as reading it needs, is on disk when this returns. */
    void sync();

    @Override
    void close();
}
