package dev.msqd.bench.peer;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.FragmentAssembler;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.FragmentHandler;
import java.io.IOException;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Aeron's way between processes of one machine, with the media driver in a process of its own. It polls. */
final class AeronPeer implements Peer {
    private static final String SEPARATOR = "#";
    private static final int MTU = 16 << 10;

    private int streams;

    @Override
    public String label() {
        return "Aeron IPC";
    }

    @Override
    public synchronized Link make(Site site, Shape shape) throws IOException {
        return new Link(site.aeronDirectory() + SEPARATOR + ++streams, () -> {});
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        String[] parts = address.split(SEPARATOR);
        Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(parts[0]));
        return new AeronLine(aeron, Integer.parseInt(parts[1]), end, shape);
    }

    /** A sender may be half a term ahead: that is the room that the others have. Its fragments hold all but very long messages. */
    private static String channel(Shape shape) {
        return CommonContext.IPC_CHANNEL + "?mtu=" + MTU + "|term-length="
            + BitUtil.findNextPositivePowerOfTwo((int) (2 * shape.capacity()));
    }

    private static final class AeronLine implements Line {
        private final Aeron aeron;
        private final Publication publication;
        private final Subscription subscription;
        private final int length;
        private final UnsafeBuffer outgoing;
        private final UnsafeBuffer incoming;
        private final FragmentHandler copy;
        private final FragmentHandler copyAndTell;
        private boolean copied;
        private int taken;
        private Sink sink;

        AeronLine(Aeron aeron, int stream, End end, Shape shape) {
            this.aeron = aeron;
            int length = shape.length();
            this.length = length;
            publication = end == End.SENDS ? aeron.addPublication(channel(shape), stream) : null;
            subscription = end == End.RECEIVES ? aeron.addSubscription(CommonContext.IPC_CHANNEL, stream) : null;
            outgoing = Memory.newMessage(length);
            incoming = Memory.newMessage(length);
            // Puts together what is longer than a fragment; the rest it hands on.
            copy = new FragmentAssembler((buffer, offset, size, header) -> {
                if (size != length) {
                    throw Line.damaged(size, length);
                }
                incoming.putBytes(0, buffer, offset, length);
                copied = true;
            });
            copyAndTell = new FragmentAssembler((buffer, offset, size, header) -> {
                if (size != length) {
                    throw Line.damaged(size, length);
                }
                incoming.putBytes(0, buffer, offset, length);
                taken++;
                sink.accept(incoming.getLong(0));
            });
        }

        @Override
        public boolean trySend(long number) {
            outgoing.putLong(0, number);
            long position = publication.offer(outgoing, 0, length);
            if (position > 0) {
                return true;
            }
            if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
                throw new IllegalStateException("Aeron refuses to send: " + Publication.errorString(position));
            }
            return false;
        }

        @Override
        public long tryReceive() {
            copied = false;
            subscription.poll(copy, 1);
            return copied ? incoming.getLong(0) : NONE;
        }

        @Override
        public int poll(Sink taker, int limit) {
            sink = taker;
            taken = 0;
            subscription.poll(copyAndTell, limit);
            return taken;
        }

        @Override
        public void close() {
            aeron.close();
        }
    }
}
