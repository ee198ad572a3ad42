package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A way to keep messages on disk. Any number of threads. */
interface Durable extends AutoCloseable {
    /** Returns when a power cut can't take the message. Its position stays as it is. */
    void append(ByteBuffer message) throws IOException;

    @Override
    void close() throws IOException;
}
