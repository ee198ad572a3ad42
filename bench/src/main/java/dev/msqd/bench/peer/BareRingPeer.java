package dev.msqd.bench.peer;

import dev.msqd.calls.Mapping;
import java.io.IOException;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The limit of copying through memory that is mapped once and used again and again: a ring of fixed slots for one sender and one
 * receiver, with nothing that would survive a death.
 *
 * <pre>
 *  +----------------------+----------------------+------------ - - ---------+
 *  | received (128)       | (128)                | slots                    |
 *  +----------------------+----------------------+------------ - - ---------+
 *  slot: sequence, from 1 (8), message
 * </pre>
 */
final class BareRingPeer implements Peer {
    private static final int RECEIVED_OFFSET = 0;
    private static final int SLOTS_OFFSET = 2 * Memory.APART;

    @Override
    public String label() {
        return "bare ring";
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        return Memory.make(site, fileLength(shape));
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        return new RingLine(Memory.map(address, fileLength(shape)), shape);
    }

    private static int slotLength(Shape shape) {
        return BitUtil.align(Long.BYTES + shape.length(), Long.BYTES);
    }

    private static int fileLength(Shape shape) {
        return SLOTS_OFFSET + (int) (shape.capacity() / slotLength(shape)) * slotLength(shape);
    }

    private static final class RingLine implements Line {
        private final Mapping mapping;
        private final UnsafeBuffer ring;
        private final int length;
        private final int slotLength;
        private final int slots;
        private final UnsafeBuffer outgoing;
        private final UnsafeBuffer incoming;
        private long sent;
        private long received;
        private long knownReceived;
        private int sendOffset = SLOTS_OFFSET;
        private int receiveOffset = SLOTS_OFFSET;

        RingLine(Mapping mapping, Shape shape) {
            this.mapping = mapping;
            ring = mapping.buffer(0, (int) mapping.length());
            length = shape.length();
            slotLength = slotLength(shape);
            slots = ((int) mapping.length() - SLOTS_OFFSET) / slotLength;
            outgoing = Memory.newMessage(length);
            incoming = Memory.newMessage(length);
        }

        @Override
        public boolean trySend(long number) {
            if (sent - knownReceived == slots) {
                knownReceived = ring.getLongVolatile(RECEIVED_OFFSET);
                if (sent - knownReceived == slots) {
                    return false;
                }
            }
            outgoing.putLong(0, number);
            ring.putBytes(sendOffset + Long.BYTES, outgoing, 0, length);
            ring.putLongRelease(sendOffset, ++sent);
            sendOffset = next(sendOffset);
            return true;
        }

        @Override
        public long tryReceive() {
            if (ring.getLongVolatile(receiveOffset) != received + 1) {
                return NONE;
            }
            incoming.putBytes(0, ring, receiveOffset + Long.BYTES, length);
            ring.putLongRelease(RECEIVED_OFFSET, ++received);
            receiveOffset = next(receiveOffset);
            return incoming.getLong(0);
        }

        @Override
        public void close() {
            mapping.close();
        }

        private int next(int offset) {
            int next = offset + slotLength;
            return next == mapping.length() ? SLOTS_OFFSET : next;
        }
    }
}
