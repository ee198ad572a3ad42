package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A way to keep messages on disk. One thread at a time. */
interface DurableLog extends AutoCloseable {
    /** Returns when a power cut can't take any of the messages. Their positions stay as they are. */
    void append(List<ByteBuffer> messages) throws IOException;

    @Override
    void close() throws IOException;
}
