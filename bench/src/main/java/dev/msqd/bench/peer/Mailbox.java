package dev.msqd.bench.peer;

import dev.msqd.client.MessageQueue;
import dev.msqd.oracle.KernelQueue;
import dev.msqd.queue.Selector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.agrona.concurrent.UnsafeBuffer;

/** Calls with a type that wait, on a queue of msqd's or the kernel's. Messages of 64 bytes hold one number. One thread. */
public interface Mailbox {
    int LENGTH = 64;

    void send(long mtype, long number);

    /** @param mtype 0 for any */
    long receive(long mtype);

    /**
     * Until the process ends.
     *
     * @param address of a {@link Link} of {@link Peers#MSQD} or {@link Peers#KERNEL}
     */
    static Mailbox open(Peers peer, String address) {
        return peer == Peers.MSQD ? ofMsqd(MsqdPeer.queue(address)) : ofKernel(Integer.parseInt(address));
    }

    private static Mailbox ofMsqd(MessageQueue queue) {
        UnsafeBuffer buffer = Memory.newMessage(LENGTH);
        return new Mailbox() {
            @Override
            public void send(long mtype, long number) {
                buffer.putLong(0, number);
                queue.send(mtype, buffer, 0, LENGTH);
            }

            @Override
            public long receive(long mtype) {
                queue.receive(mtype == 0 ? Selector.any() : Selector.type(mtype), buffer, 0, LENGTH);
                return buffer.getLong(0);
            }
        };
    }

    private static Mailbox ofKernel(int msqid) {
        MemorySegment message = Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + LENGTH, Long.BYTES);
        return new Mailbox() {
            @Override
            public void send(long mtype, long number) {
                message.set(ValueLayout.JAVA_LONG, KernelQueue.MTYPE_OFFSET, mtype);
                message.set(ValueLayout.JAVA_LONG, KernelQueue.MTEXT_OFFSET, number);
                KernelQueue.msgsnd(msqid, message, LENGTH, 0);
            }

            @Override
            public long receive(long mtype) {
                KernelQueue.msgrcv(msqid, message, LENGTH, mtype, 0);
                return message.get(ValueLayout.JAVA_LONG, KernelQueue.MTEXT_OFFSET);
            }
        };
    }
}
