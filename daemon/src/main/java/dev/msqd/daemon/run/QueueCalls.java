package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueuePool;
import dev.msqd.client.SysV;
import dev.msqd.client.control.StatKind;
import dev.msqd.queue.Selector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * msgget, msgsnd, msgrcv and msgctl as system calls: arguments in registers and in the caller's memory, checked in the kernel's order.
 * Each returns what the system call returns: a number from 0, or a negative error number. One thread.
 */
final class QueueCalls {
    private static final int FIRST_ROOM = 64 * 1024;

    private final Listener listener;
    private final Worker worker;
    private final TargetMemory memory;
    private MemorySegment room = Arena.ofAuto().allocate(FIRST_ROOM, Long.BYTES);
    private final UnsafeBuffer text = new UnsafeBuffer(0, 0);

    // Of the msgrcv under way.
    private Notification receiving;
    private long received;

    QueueCalls(Listener listener, Worker worker, TargetMemory memory) {
        this.listener = listener;
        this.worker = worker;
        this.memory = memory;
    }

    /** R1–R16. */
    long msgget(Notification call, QueueSystem.Connection connection) {
        worker.letOthersGo();
        return connection.msqd().get(call.intArgument(0), call.intArgument(1));
    }

    /** R17–R34. */
    long msgsnd(Notification call, QueueSystem.Connection connection) {
        int msqid = call.intArgument(0);
        long size = call.argument(2);
        int msgflg = call.intArgument(3);
        boolean sizeFits = msqid >= 0 && size >= 0 && size <= connection.msqd().msgmax();
        long wanted = Long.BYTES + (sizeFits ? size : 0);
        long count = memory.read(call.tid(), call.argument(1), room(wanted), wanted);
        listener.checkValid(call);
        // R17: first what was read of mtype, then the size, then mtype, then what was read of the text.
        if (count < Long.BYTES) {
            return -Errno.EFAULT;
        }
        long mtype = room.get(JAVA_LONG, 0);
        if (!sizeFits || mtype < 1) {
            return -Errno.EINVAL;
        }
        if (count < wanted) {
            return -Errno.EFAULT;
        }
        text.wrap(room.address() + Long.BYTES, (int) size);
        QueuePool pool = connection.pool();
        MessageQueue queue = pool.borrow(msqid);
        try {
            queue.actFor(worker);
            if ((msgflg & SysV.IPC_NOWAIT) == 0) {
                queue.send(mtype, text, 0, (int) size);
                return 0;
            }
            return queue.trySend(mtype, text, 0, (int) size) ? 0 : -Errno.EAGAIN;
        } finally {
            pool.giveBack(queue);
        }
    }

    /** R35–R58. */
    long msgrcv(Notification call, QueueSystem.Connection connection) {
        int msqid = call.intArgument(0);
        long size = call.argument(2);
        long msgtyp = call.argument(3);
        int msgflg = call.intArgument(4);
        if (msqid < 0 || size < 0) {
            return -Errno.EINVAL;
        }
        boolean copies = (msgflg & SysV.MSG_COPY) != 0;
        if (copies) {
            if ((msgflg & SysV.MSG_EXCEPT) != 0 || (msgflg & SysV.IPC_NOWAIT) == 0) {
                return -Errno.EINVAL;
            }
            // R47: the kernel reads what it is going to write.
            long all = Math.min(size, connection.msqd().msgmax());
            memory.readAll(call.tid(), call.argument(1), room(all), all);
        }
        QueuePool pool = connection.pool();
        MessageQueue queue = pool.borrow(msqid);
        try {
            queue.actFor(worker);
            receiving = call;
            return copies ? copy(queue, connection.msqd(), size, msgtyp, msgflg) : take(queue, size, msgtyp, msgflg);
        } finally {
            pool.giveBack(queue);
        }
    }

    private long take(MessageQueue queue, long size, long msgtyp, int msgflg) {
        Selector selector = Selector.of(msgtyp, (msgflg & SysV.MSG_EXCEPT) != 0);
        int longest = (msgflg & SysV.MSG_NOERROR) != 0 ? Integer.MAX_VALUE : (int) Math.min(size, Integer.MAX_VALUE);
        if ((msgflg & SysV.IPC_NOWAIT) == 0) {
            queue.receive(selector, longest, this::write);
        } else if (!queue.tryReceive(selector, longest, this::write)) {
            return -Errno.ENOMSG;
        }
        return received;
    }

    private long copy(MessageQueue queue, Msqd msqd, long size, long index, int msgflg) {
        long most = Math.min(size, msqd.msgmax());
        boolean found = queue.browse(index, (mtype, buffer, offset, length) -> {
            if (length > most) {
                // R46. The kernel makes its copy no longer than msgmax, which may be lower than when the message was sent.
                boolean tooBig = length > size && (msgflg & SysV.MSG_NOERROR) == 0;
                throw new ErrnoException(tooBig ? Errno.E2BIG : Errno.EINVAL, "msgrcv: longer than " + most + " bytes");
            }
            write(mtype, buffer, offset, length);
        });
        return found ? received : -Errno.ENOMSG;
    }

    /** Straight from the queue's memory into the caller's. What fails here leaves the message in its place (R36, R57). */
    private void write(long mtype, DirectBuffer buffer, int offset, int length) {
        int count = (int) Math.min(length, receiving.argument(2));
        listener.checkValid(receiving);
        memory.writeMessage(receiving.tid(), receiving.argument(1), mtype, buffer.addressOffset() + offset, count);
        // From here on the message counts as received, as if its receiver were killed after the call.
        listener.checkValid(receiving);
        received = count;
    }

    /** R59–R74. */
    long msgctl(Notification call, QueueSystem.Connection connection) {
        int msqid = call.intArgument(0);
        int cmd = call.intArgument(1);
        if (msqid < 0 || cmd < 0) {
            return -Errno.EINVAL;
        }
        worker.letOthersGo();
        Msqd msqd = connection.msqd();
        return switch (cmd) {
            case SysV.IPC_RMID -> {
                msqd.remove(msqid);
                connection.pool().forget(msqid);
                yield 0;
            }
            case SysV.IPC_SET -> {
                MemorySegment ds = room(MessageStructs.DS_LENGTH);
                memory.readAll(call.tid(), call.argument(2), ds, MessageStructs.DS_LENGTH);
                listener.checkValid(call);
                msqd.set(msqid, MessageStructs.settings(ds));
                yield 0;
            }
            case SysV.IPC_INFO, SysV.MSG_INFO -> {
                var info = msqd.info();
                MessageStructs.putInfo(room(MessageStructs.INFO_LENGTH), info, cmd);
                reply(call, MessageStructs.INFO_LENGTH);
                yield info.highestIndex();
            }
            case SysV.IPC_STAT -> {
                tell(call, msqd.stat(msqid));
                yield 0;
            }
            case SysV.MSG_STAT -> tell(call, msqd.stat(msqid, StatKind.STAT_INDEX));
            case SysV.MSG_STAT_ANY -> tell(call, msqd.stat(msqid, StatKind.STAT_ANY));
            default -> -Errno.EINVAL;
        };
    }

    private int tell(Notification call, MsqidDs ds) {
        MessageStructs.putDs(room(MessageStructs.DS_LENGTH), ds);
        reply(call, MessageStructs.DS_LENGTH);
        return ds.msqid();
    }

    private void reply(Notification call, int length) {
        listener.checkValid(call);
        memory.write(call.tid(), call.argument(2), room, length);
    }

    private MemorySegment room(long length) {
        if (room.byteSize() < length) {
            room = Arena.ofAuto().allocate(Math.max(length, 2 * room.byteSize()), Long.BYTES);
        }
        return room;
    }
}
