package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A way to keep messages on disk. Any number of threads. */
interface Durable extends AutoCloseable {
    /** Returns when a power cut can't take the message. Its position stays as it is. */
    void append(ByteBuffer message) throws IOException;

    /** How many syncs there were so far, or 0 if that can't be told. */
    long syncs();

    @Override
    void close() throws IOException;
}
