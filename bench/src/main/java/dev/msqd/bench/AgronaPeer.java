package dev.msqd.bench;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.IoUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's ring buffer for many senders, over a file in shared memory. */
public class AgronaPeer extends Peer {
    private static final int MESSAGE_TYPE = 1;

    private final UnsafeBuffer outgoing = newBuffer();
    private final UnsafeBuffer incoming = newBuffer();
    private final MessageHandler copyOut =
        (type, buffer, offset, length) -> incoming.putBytes(0, buffer, offset, length);
    private Path folder;
    private MappedByteBuffer mapping;
    private ManyToOneRingBuffer ring;

    @Override
    void open() throws IOException {
        folder = Files.createTempDirectory(MsqdPeer.SHARED_MEMORY, "msqd-bench-");
        int length = SEGMENT_LENGTH + RingBufferDescriptor.TRAILER_LENGTH;
        mapping = IoUtil.mapNewFile(folder.resolve("ring").toFile(), length);
        ring = new ManyToOneRingBuffer(new UnsafeBuffer(mapping));
    }

    @Override
    void close() {
        IoUtil.unmap(mapping);
        IoUtil.delete(folder.toFile(), true);
    }

    @Override
    boolean send(long number) {
        outgoing.putLong(NUMBER_OFFSET, number);
        return ring.write(MESSAGE_TYPE, outgoing, 0, MESSAGE_LENGTH);
    }

    @Override
    long receive() {
        // A read that meets the padding at the buffer's end reads nothing else.
        return ring.read(copyOut, 1) == 1 || ring.read(copyOut, 1) == 1 ? incoming.getLong(NUMBER_OFFSET) : NONE;
    }
}
