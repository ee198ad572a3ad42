package dev.msqd.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The file under the registry: the seam at which a test tears a write or fails a sync. */
interface BlockFile extends Closeable {
    /** Bytes in the file. */
    long length() throws IOException;

    /** Fills the buffer's remaining bytes from an offset on; fails when the file ends before. */
    void read(ByteBuffer into, long offset) throws IOException;

    /** Writes the buffer's remaining bytes. */
    void write(ByteBuffer from, long offset) throws IOException;

    /** What was written is on disk when this returns. */
    void sync() throws IOException;
}
