package dev.msqd.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.oracle.KernelQueue;
import java.lang.foreign.MemorySegment;

/** Through a queue of the kernel's. */
final class KernelLine implements Line {
    private static final long MTYPE = 1;
    private static final int NUMBER_OFFSET = KernelQueue.MTEXT_OFFSET + Peer.NUMBER_OFFSET;

    private final int msqid;
    private final boolean polling;
    private final MemorySegment outgoing = KernelPeer.newMessage();
    private final MemorySegment incoming = KernelPeer.newMessage();

    KernelLine(int msqid, boolean polling) {
        this.msqid = msqid;
        this.polling = polling;
        outgoing.set(JAVA_LONG, KernelQueue.MTYPE_OFFSET, MTYPE);
    }

    @Override
    public void send(long number) {
        outgoing.set(JAVA_LONG, NUMBER_OFFSET, number);
        if (!polling) {
            KernelQueue.msgsnd(msqid, outgoing, Peer.MESSAGE_LENGTH, 0);
            return;
        }
        while (!KernelQueue.trySend(msqid, outgoing, Peer.MESSAGE_LENGTH)) {
            Thread.onSpinWait();
        }
    }

    @Override
    public long receive() {
        long length = polling ? poll() : KernelQueue.msgrcv(msqid, incoming, Peer.MESSAGE_LENGTH, 0, 0);
        if (length != Peer.MESSAGE_LENGTH) {
            throw Line.damaged(length);
        }
        return incoming.get(JAVA_LONG, NUMBER_OFFSET);
    }

    private long poll() {
        long length = KernelQueue.tryReceive(msqid, incoming, Peer.MESSAGE_LENGTH, 0);
        while (length == KernelQueue.NONE) {
            Thread.onSpinWait();
            length = KernelQueue.tryReceive(msqid, incoming, Peer.MESSAGE_LENGTH, 0);
        }
        return length;
    }
}
