package dev.msqd.bench.peer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The kernel's own System V queue: msgsnd and msgrcv called from Java. */
class KernelPeer implements Peer {
    private static final int MODE = 0600;
    private static final long MTYPE = 1;

    @Override
    public String label() {
        return "kernel (FFM)";
    }

    @Override
    public String hindrance(Site site, Shape shape) throws IOException {
        int msgmax = KernelQueue.info(SysV.IPC_INFO).msgmax();
        return shape.length() > msgmax ? "msgmax is " + msgmax : null;
    }

    @Override
    public Link make(Site site, Shape shape) {
        int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, MODE);
        try {
            KernelQueue.setQbytes(msqid, shape.capacity());
        } catch (ErrnoException e) {
            // R65: without CAP_SYS_RESOURCE it holds msgmnb. The report's head says how much that is.
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
        }
        return new Link(Integer.toString(msqid), () -> KernelQueue.remove(msqid));
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        return new KernelLine(Integer.parseInt(address), shape.length(), shape.polling());
    }

    private static final class KernelLine implements Line {
        private final int msqid;
        private final int length;
        private final boolean polling;
        private final MemorySegment outgoing;
        private final MemorySegment incoming;

        KernelLine(int msqid, int length, boolean polling) {
            this.msqid = msqid;
            this.length = length;
            this.polling = polling;
            outgoing = Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + length, Long.BYTES);
            incoming = Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + length, Long.BYTES);
            outgoing.set(JAVA_LONG, KernelQueue.MTYPE_OFFSET, MTYPE);
        }

        @Override
        public boolean trySend(long number) {
            outgoing.set(JAVA_LONG, KernelQueue.MTEXT_OFFSET, number);
            return KernelQueue.trySend(msqid, outgoing, length);
        }

        @Override
        public long tryReceive() {
            return number(KernelQueue.tryReceive(msqid, incoming, length, 0));
        }

        @Override
        public void send(long number) {
            if (polling) {
                Line.super.send(number);
            } else {
                outgoing.set(JAVA_LONG, KernelQueue.MTEXT_OFFSET, number);
                KernelQueue.msgsnd(msqid, outgoing, length, 0);
            }
        }

        @Override
        public long receive() {
            return polling ? Line.super.receive() : number(KernelQueue.msgrcv(msqid, incoming, length, 0, 0));
        }

        @Override
        public void close() {
            // The queue outlives it.
        }

        private long number(long received) {
            if (received == KernelQueue.NONE) {
                return NONE;
            }
            if (received != length) {
                throw Line.damaged(received, length);
            }
            return incoming.get(JAVA_LONG, KernelQueue.MTEXT_OFFSET);
        }
    }
}
