package dev.msqd.bench;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.oracle.KernelQueue;
import dev.msqd.queue.Selector;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.agrona.concurrent.UnsafeBuffer;

/** Blocking calls with a type on a queue of either kind; messages hold one number. One thread. */
interface Mailbox {
    void send(long mtype, long number);

    /** @param mtype 0 for any */
    long receive(long mtype);

    static Mailbox of(Transport transport, Msqd msqd, int msqid) {
        return transport.isMsqd() ? of(msqd.open(msqid)) : ofKernel(msqid);
    }

    private static Mailbox of(MessageQueue queue) {
        UnsafeBuffer buffer = Peer.newBuffer();
        return new Mailbox() {
            @Override
            public void send(long mtype, long number) {
                buffer.putLong(Peer.NUMBER_OFFSET, number);
                queue.send(mtype, buffer, 0, Peer.MESSAGE_LENGTH);
            }

            @Override
            public long receive(long mtype) {
                queue.receive(mtype == 0 ? Selector.any() : Selector.type(mtype), buffer, 0, Peer.MESSAGE_LENGTH);
                return buffer.getLong(Peer.NUMBER_OFFSET);
            }
        };
    }

    private static Mailbox ofKernel(int msqid) {
        MemorySegment message = KernelPeer.newMessage();
        return new Mailbox() {
            @Override
            public void send(long mtype, long number) {
                message.set(ValueLayout.JAVA_LONG, KernelQueue.MTYPE_OFFSET, mtype);
                message.set(ValueLayout.JAVA_LONG, KernelQueue.MTEXT_OFFSET + Peer.NUMBER_OFFSET, number);
                KernelQueue.msgsnd(msqid, message, Peer.MESSAGE_LENGTH, 0);
            }

            @Override
            public long receive(long mtype) {
                KernelQueue.msgrcv(msqid, message, Peer.MESSAGE_LENGTH, mtype, 0);
                return message.get(ValueLayout.JAVA_LONG, KernelQueue.MTEXT_OFFSET + Peer.NUMBER_OFFSET);
            }
        };
    }
}
