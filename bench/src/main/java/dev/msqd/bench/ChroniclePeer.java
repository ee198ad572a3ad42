package dev.msqd.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.agrona.IoUtil;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Chronicle Queue with one appender and one tailer, in {@code java.io.tmpdir}. It is a log: what was read stays on
 * disk, half a gigabyte a second. So each iteration begins a new one, whose first page is mapped before it is measured.
 */
public class ChroniclePeer extends Peer {
    private final Bytes<?> outgoing = Bytes.allocateDirect(MESSAGE_LENGTH);
    private final Bytes<?> incoming = Bytes.allocateDirect(MESSAGE_LENGTH);
    private Path folder;
    private ChronicleQueue queue;
    private ExcerptAppender appender;
    private ExcerptTailer tailer;

    @Override
    void open() throws IOException {
        folder = Files.createTempDirectory("msqd-bench-");
        outgoing.writePosition(MESSAGE_LENGTH);
    }

    @Override
    void close() {
        IoUtil.delete(folder.toFile(), true);
    }

    @Setup(Level.Iteration)
    public void beginLog() {
        queue = SingleChronicleQueueBuilder.binary(folder.resolve("log")).build();
        appender = queue.createAppender();
        tailer = queue.createTailer();
        sendNext();
        receiveNext();
    }

    @TearDown(Level.Iteration)
    public void deleteLog() {
        tailer.close();
        appender.close();
        queue.close();
        IoUtil.delete(folder.resolve("log").toFile(), true);
    }

    @Override
    boolean send(long number) {
        outgoing.writeLong(NUMBER_OFFSET, number);
        appender.writeBytes(outgoing);
        return true;
    }

    @Override
    long receive() {
        incoming.clear();
        return tailer.readBytes(incoming) && incoming.readRemaining() == MESSAGE_LENGTH
            ? incoming.readLong(NUMBER_OFFSET) : NONE;
    }
}
