package dev.msqd.bench.jmh;

import dev.msqd.bench.peer.Site;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A queue with many messages that nobody wants, and one that is sent behind them and received past them.
 *
 * <p>What is wanted has type 1; the others have type 2. The ways to ask for it are the three of msgrcv(2): by its type, as the lowest
 * up to 2, and as any but 2.
 */
@State(Scope.Thread)
public abstract class Backlog {
    static final int MESSAGE_LENGTH = 64;
    static final long WANTED = 1;
    static final long OTHER = 2;

    @Param({"1000", "100000", "1000000"})
    public int depth;

    @Param({"type", "lowest", "except"})
    public String selection;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        open((long) (depth + 1) * MESSAGE_LENGTH);
        for (int i = 0; i < depth; i++) {
            send(OTHER);
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        close();
    }

    abstract void open(long qbytes) throws IOException;

    abstract void close() throws IOException;

    /** Sends a message without waiting. */
    abstract void send(long mtype);

    /** Receives the message that is wanted, without waiting. */
    abstract void receive();

    static void check(boolean right) {
        if (!right) {
            throw new IllegalStateException("a message was refused, or not there, or another one");
        }
    }

    /** msqd, through a daemon in this process that no message passes. */
    public static class OfMsqd extends Backlog {
        private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(MESSAGE_LENGTH, Long.BYTES));
        private Site site;
        private MessageQueue queue;
        private Selector selector;

        @Override
        void open(long qbytes) throws IOException {
            site = new Site(null);
            Msqd msqd = site.msqd(MESSAGE_LENGTH);
            queue = msqd.open(msqd.get(Msqd.IPC_PRIVATE, 0600, qbytes));
            selector = switch (selection) {
                case "type" -> Selector.type(WANTED);
                case "lowest" -> Selector.upTo(OTHER);
                default -> Selector.except(OTHER);
            };
        }

        @Override
        void close() {
            site.close();
        }

        @Override
        void send(long mtype) {
            check(queue.trySend(mtype, buffer, 0, MESSAGE_LENGTH));
        }

        @Override
        void receive() {
            check(queue.tryReceive(selector, buffer, 0, MESSAGE_LENGTH) == MESSAGE_LENGTH
                && queue.receivedType() == WANTED);
        }
    }

    /** The kernel's queue. It needs a limit that high: CAP_SYS_RESOURCE, or a msgmnb that was raised. */
    public static class OfKernel extends Backlog {
        private final MemorySegment message =
            Arena.ofAuto().allocate(KernelQueue.MTEXT_OFFSET + MESSAGE_LENGTH, Long.BYTES);
        private int msqid;
        private long msgtyp;
        private int msgflg;

        @Override
        void open(long qbytes) {
            msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
            KernelQueue.setQbytes(msqid, qbytes);
            msgtyp = switch (selection) {
                case "type" -> WANTED;
                case "lowest" -> -OTHER;
                default -> OTHER;
            };
            msgflg = SysV.IPC_NOWAIT | (selection.equals("except") ? SysV.MSG_EXCEPT : 0);
        }

        @Override
        void close() {
            KernelQueue.remove(msqid);
        }

        @Override
        void send(long mtype) {
            message.set(ValueLayout.JAVA_LONG, KernelQueue.MTYPE_OFFSET, mtype);
            check(KernelQueue.trySend(msqid, message, MESSAGE_LENGTH));
        }

        @Override
        void receive() {
            check(KernelQueue.msgrcv(msqid, message, MESSAGE_LENGTH, msgtyp, msgflg) == MESSAGE_LENGTH
                && message.get(ValueLayout.JAVA_LONG, KernelQueue.MTYPE_OFFSET) == WANTED);
        }
    }
}
