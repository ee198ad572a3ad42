package dev.msqd.bench.peer;

import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.agrona.IoUtil;

/**
 * Chronicle Queue, on disk. It is a log: what was read stays, and it is always there for every reader. It polls, and nothing is
 * synced.
 */
final class ChroniclePeer implements Peer {
    @Override
    public String label() {
        return "Chronicle Queue";
    }

    @Override
    public Link make(Site site, Shape shape) {
        // Whoever opens it first makes it: it takes JVM options that the harness does without.
        Path folder = site.newPathOnDisk("chronicle-");
        return new Link(folder.toString(), () -> IoUtil.delete(folder.toFile(), true));
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        return new ChronicleLine(SingleChronicleQueueBuilder.binary(Path.of(address)).build(), shape.length());
    }

    private static final class ChronicleLine implements Line {
        private final ChronicleQueue queue;
        private final ExcerptAppender appender;
        private final ExcerptTailer tailer;
        private final int length;
        private final Bytes<?> outgoing;
        private final Bytes<?> incoming;

        ChronicleLine(ChronicleQueue queue, int length) {
            this.queue = queue;
            this.length = length;
            appender = queue.createAppender();
            tailer = queue.createTailer();
            outgoing = Bytes.allocateDirect(length);
            outgoing.writePosition(length);
            incoming = Bytes.allocateDirect(length);
        }

        @Override
        public boolean trySend(long number) {
            outgoing.writeLong(0, number);
            appender.writeBytes(outgoing);
            return true;
        }

        @Override
        public long tryReceive() {
            incoming.clear();
            if (!tailer.readBytes(incoming)) {
                return NONE;
            }
            if (incoming.readRemaining() != length) {
                throw Line.damaged(incoming.readRemaining(), length);
            }
            return incoming.readLong(0);
        }

        @Override
        public void close() {
            tailer.close();
            appender.close();
            queue.close();
            outgoing.releaseLast();
            incoming.releaseLast();
        }
    }
}
