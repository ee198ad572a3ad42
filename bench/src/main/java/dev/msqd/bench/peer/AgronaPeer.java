package dev.msqd.bench.peer;

import dev.msqd.calls.Mapping;
import java.io.IOException;
import org.agrona.BitUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's ring buffer for many senders and one receiver, over a file in shared memory. It polls. */
final class AgronaPeer implements Peer {
    private static final int MESSAGE_TYPE = 1;

    @Override
    public String label() {
        return "Agrona ring";
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        return Memory.make(site, fileLength(shape));
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        return new RingLine(Memory.map(address, fileLength(shape)), shape.length());
    }

    /** A message must not be longer than an eighth. */
    private static int fileLength(Shape shape) {
        int record = BitUtil.align(shape.length() + RecordDescriptor.HEADER_LENGTH, RecordDescriptor.ALIGNMENT);
        return BitUtil.findNextPositivePowerOfTwo((int) Math.max(shape.capacity(), Byte.SIZE * (long) record))
            + RingBufferDescriptor.TRAILER_LENGTH;
    }

    private static final class RingLine implements Line {
        private final Mapping mapping;
        private final ManyToOneRingBuffer ring;
        private final int length;
        private final UnsafeBuffer outgoing;
        private final UnsafeBuffer incoming;
        private final MessageHandler copy;
        private final MessageHandler copyAndTell;
        private Sink sink;

        RingLine(Mapping mapping, int length) {
            this.mapping = mapping;
            this.length = length;
            ring = new ManyToOneRingBuffer(mapping.buffer(0, (int) mapping.length()));
            outgoing = Memory.newMessage(length);
            incoming = Memory.newMessage(length);
            copy = (type, buffer, offset, size) -> {
                if (size != length) {
                    throw Line.damaged(size, length);
                }
                incoming.putBytes(0, buffer, offset, length);
            };
            copyAndTell = (type, buffer, offset, size) -> {
                copy.onMessage(type, buffer, offset, size);
                sink.accept(incoming.getLong(0));
            };
        }

        @Override
        public boolean trySend(long number) {
            outgoing.putLong(0, number);
            return ring.write(MESSAGE_TYPE, outgoing, 0, length);
        }

        @Override
        public long tryReceive() {
            // A read that meets the padding at the buffer's end reads nothing else.
            return ring.read(copy, 1) == 1 || ring.read(copy, 1) == 1 ? incoming.getLong(0) : NONE;
        }

        @Override
        public int poll(Sink taker, int limit) {
            sink = taker;
            return ring.read(copyAndTell, limit);
        }

        @Override
        public void close() {
            mapping.close();
        }
    }
}
