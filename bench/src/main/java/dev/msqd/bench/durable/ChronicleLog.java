package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.SyncMode;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;

/** Chronicle Queue. Without {@link SyncMode#SYNC}, which is not its default, its {@code sync()} does nothing. */
final class ChronicleLog implements DurableLog {
    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final Bytes<?> outgoing = Bytes.allocateDirect(DurableRound.MESSAGE_LENGTH);

    private ChronicleLog(Path folder) {
        queue = builder(folder).build();
        appender = queue.createAppender();
        // The leader of a group is always another thread.
        appender.singleThreadedCheckDisabled(true);
        outgoing.singleThreadedCheckDisabled(true);
    }

    static ChronicleLog create(Path folder) {
        return new ChronicleLog(folder);
    }

    static SingleChronicleQueueBuilder builder(Path folder) {
        return SingleChronicleQueueBuilder.binary(folder).syncMode(SyncMode.SYNC);
    }

    @Override
    public void append(List<ByteBuffer> messages) throws IOException {
        for (ByteBuffer message : messages) {
            outgoing.clear();
            for (int offset = 0; offset < DurableRound.MESSAGE_LENGTH; offset += Long.BYTES) {
                outgoing.writeLong(message.getLong(offset));
            }
            appender.writeBytes(outgoing);
        }
        appender.sync();
    }

    @Override
    public void close() {
        appender.close();
        queue.close();
        outgoing.releaseLast();
    }
}
