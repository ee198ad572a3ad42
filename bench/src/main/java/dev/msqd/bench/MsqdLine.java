package dev.msqd.bench;

import dev.msqd.client.MessageQueue;
import dev.msqd.queue.Selector;
import org.agrona.concurrent.UnsafeBuffer;

/** Through a queue of msqd. */
final class MsqdLine implements Line {
    private static final long MTYPE = 1;

    private final MessageQueue queue;
    private final boolean polling;
    private final UnsafeBuffer outgoing = Peer.newBuffer();
    private final UnsafeBuffer incoming = Peer.newBuffer();

    MsqdLine(MessageQueue queue, boolean polling) {
        this.queue = queue;
        this.polling = polling;
    }

    @Override
    public void send(long number) {
        outgoing.putLong(Peer.NUMBER_OFFSET, number);
        if (!polling) {
            queue.send(MTYPE, outgoing, 0, Peer.MESSAGE_LENGTH);
            return;
        }
        while (!queue.trySend(MTYPE, outgoing, 0, Peer.MESSAGE_LENGTH)) {
            Thread.onSpinWait();
        }
    }

    @Override
    public long receive() {
        int length = polling ? poll() : queue.receive(Selector.any(), incoming, 0, Peer.MESSAGE_LENGTH);
        if (length != Peer.MESSAGE_LENGTH) {
            throw Line.damaged(length);
        }
        return incoming.getLong(Peer.NUMBER_OFFSET);
    }

    private int poll() {
        int length = queue.tryReceive(Selector.any(), incoming, 0, Peer.MESSAGE_LENGTH);
        while (length == MessageQueue.NONE) {
            Thread.onSpinWait();
            length = queue.tryReceive(Selector.any(), incoming, 0, Peer.MESSAGE_LENGTH);
        }
        return length;
    }
}
