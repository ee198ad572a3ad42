package dev.msqd.bench.peer;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** A queue of msqd, through {@link MessageQueue}'s calls. Blocking ones look for a while before they sleep. */
class MsqdPeer implements Peer {
    private static final long MTYPE = 1;
    private static final int MODE = 0600;
    private static final String SEPARATOR = "#";

    @Override
    public String label() {
        return "msqd";
    }

    @Override
    public Link make(Site site, Shape shape) {
        Msqd msqd = site.msqd(shape.length());
        int msqid = msqd.get(Msqd.IPC_PRIVATE, MODE,
            QueueOptions.none().withQbytes(shape.capacity()).withDurability(shape.durability()));
        return new Link(site.msqdDirectory(shape.length()) + SEPARATOR + msqid, () -> msqd.remove(msqid));
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        return line(Path.of(address.split(SEPARATOR)[0]), queue(address), shape);
    }

    /** Through a connection that {@link MsqdConnections} counts. */
    static MessageQueue queue(String address) {
        String[] parts = address.split(SEPARATOR);
        return MsqdConnections.open(Path.of(parts[0])).open(Integer.parseInt(parts[1]));
    }

    Line line(Path directory, MessageQueue queue, Shape shape) {
        return new MsqdLine(directory, queue, shape);
    }

    /** Not final: {@link MsqdClaimPeer} sends in another way. */
    static class MsqdLine implements Line {
        final MessageQueue queue;
        final int length;
        private final Path directory;
        private final boolean polling;
        private final UnsafeBuffer outgoing;
        private final UnsafeBuffer incoming;

        MsqdLine(Path directory, MessageQueue queue, Shape shape) {
            this.directory = directory;
            this.queue = queue;
            this.length = shape.length();
            this.polling = shape.polling();
            outgoing = Memory.newMessage(length);
            incoming = Memory.newMessage(length);
        }

        @Override
        public boolean trySend(long number) {
            outgoing.putLong(0, number);
            return queue.trySend(MTYPE, outgoing, 0, length);
        }

        @Override
        public long tryReceive() {
            return number(queue.tryReceive(Selector.any(), incoming, 0, length));
        }

        @Override
        public void send(long number) {
            if (polling) {
                Line.super.send(number);
            } else {
                outgoing.putLong(0, number);
                queue.send(MTYPE, outgoing, 0, length);
            }
        }

        @Override
        public long receive() {
            return polling ? Line.super.receive() : number(queue.receive(Selector.any(), incoming, 0, length));
        }

        @Override
        public void close() {
            queue.close();
            MsqdConnections.close(directory);
        }

        private long number(int received) {
            if (received == MessageQueue.NONE) {
                return NONE;
            }
            if (received != length) {
                throw Line.damaged(received, length);
            }
            return incoming.getLong(0);
        }
    }
}
