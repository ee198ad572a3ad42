package dev.msqd.daemon.trace;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/**
 * Reads the stored trace, while it is being written or not; any number of readers may. Changes nothing. What is deleted because the trace
 * became too long, a reader that is behind does not see. One thread.
 */
public final class TraceReader implements AutoCloseable {
    private static final String METADATA = "metadata.cq4t";

    private final Path folder;
    private final Bytes<ByteBuffer> entry = Bytes.elasticByteBuffer(StoredEventDescriptor.MAX_LENGTH);
    private SingleChronicleQueue queue;
    private ExcerptTailer tailer;

    private TraceReader(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads from the oldest event on. A trace that there is not yet may come.
     *
     * @throws ErrnoException EACCES for who may not read the folder; EOPNOTSUPP when this JVM was not started for Chronicle Queue
     */
    public static TraceReader open(Path folder) {
        ChronicleAccess.prepare();
        TraceReader reader = new TraceReader(folder);
        reader.look();
        return reader;
    }

    /** Goes past everything that is there. */
    public void toEnd() {
        if (look()) {
            tailer.toEnd();
        }
    }

    /**
     * Reads the next event.
     *
     * @return false if there is none now
     */
    public boolean next(TraceEvent event) {
        if (!look()) {
            return false;
        }
        entry.clear();
        while (tailer.readBytes(entry)) {
            ByteBuffer bytes = event.entry();
            int length = (int) Math.min(entry.readRemaining(), bytes.capacity());
            entry.read(bytes.array(), 0, length);
            bytes.position(length);
            if (event.isKnown()) {
                return true;
            }
            entry.clear();
        }
        return false;
    }

    @Override
    public void close() {
        if (queue != null) {
            tailer.close();
            queue.close();
        }
        entry.releaseLast();
    }

    /** Whether there is a trace. */
    private boolean look() {
        if (queue == null) {
            try {
                if (Files.notExists(folder.resolve(METADATA)) || TraceStore.files(folder).isEmpty()) {
                    return false;
                }
            } catch (AccessDeniedException e) {
                throw new ErrnoException(Errno.EACCES, "the trace in " + folder + " may be read by its owner only", e);
            } catch (IOException e) {
                throw new ErrnoException(Errno.EIO, "cannot read the trace in " + folder + ": " + e, e);
            }
            queue = SingleChronicleQueueBuilder.binary(folder).rollCycle(TraceStore.ROLL_CYCLE)
                .blockSize(TraceStore.BLOCK_LENGTH).readOnly(true).build();
            tailer = queue.createTailer();
        }
        return true;
    }
}
