package dev.msqd.bench;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The kernel's own queue: msgsnd and msgrcv with IPC_NOWAIT, called from Java. */
public class KernelPeer extends Peer {
    private static final long MTYPE = 1;

    private final MemorySegment outgoing = newMessage();
    private final MemorySegment incoming = newMessage();
    private int msqid;

    @Override
    void open() {
        msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
        KernelQueue.setQbytes(msqid, QBYTES);
        outgoing.set(JAVA_LONG, KernelQueue.MTYPE_OFFSET, MTYPE);
    }

    @Override
    void close() {
        KernelQueue.remove(msqid);
    }

    @Override
    boolean send(long number) {
        outgoing.set(JAVA_LONG, KernelQueue.MTEXT_OFFSET + NUMBER_OFFSET, number);
        return KernelQueue.trySend(msqid, outgoing, MESSAGE_LENGTH);
    }

    @Override
    long receive() {
        return KernelQueue.tryReceive(msqid, incoming, MESSAGE_LENGTH, 0) == MESSAGE_LENGTH
            ? incoming.get(JAVA_LONG, KernelQueue.MTEXT_OFFSET + NUMBER_OFFSET) : NONE;
    }

    static MemorySegment newMessage() {
        return Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + MESSAGE_LENGTH, Long.BYTES);
    }
}
