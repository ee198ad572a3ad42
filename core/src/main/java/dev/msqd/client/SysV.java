package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.control.StatKind;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * System V's calls under their own names, with their flags and errnos, for code that is being ported. Any thread.
 *
 * <p>What C returns as -1 and errno is an {@link ErrnoException} here. A message's text is a {@code byte[]}; its type comes back
 * in {@link Message}. The calls borrow endpoints from a pool, one a thread that is in a call; code that is written anew is
 * better off with {@link MessageQueue}.
 */
public final class SysV implements AutoCloseable {
    public static final int IPC_PRIVATE = Msqd.IPC_PRIVATE;
    public static final int IPC_CREAT = Msqd.IPC_CREAT;
    public static final int IPC_EXCL = Msqd.IPC_EXCL;
    /** Fail with EAGAIN or ENOMSG rather than sleep. */
    public static final int IPC_NOWAIT = 04000;
    /** msgrcv: cut a message that is too long (R42). */
    public static final int MSG_NOERROR = 010000;
    /** msgrcv: any type but msgtyp (R39). */
    public static final int MSG_EXCEPT = 020000;
    /** msgrcv: copy the message with index msgtyp, and leave it (R44–R46). */
    public static final int MSG_COPY = 040000;

    public static final int IPC_RMID = 0;
    public static final int IPC_SET = 1;
    public static final int IPC_STAT = 2;
    public static final int IPC_INFO = 3;
    public static final int MSG_STAT = 11;
    public static final int MSG_INFO = 12;
    public static final int MSG_STAT_ANY = 13;

    private static final Consumer<Receiver> UNSEEN = receiver -> {};

    private final Msqd msqd;
    private final QueuePool pool;

    /** The connection stays the caller's. */
    public SysV(Msqd msqd) {
        this.msqd = msqd;
        this.pool = new QueuePool(msqd);
    }

    /**
     * A message to receive into.
     *
     * <p>mtype is what C has before the text.
     */
    public static final class Message {
        public long mtype;
        public final byte[] mtext;

        /** Room for so many bytes of text. */
        public Message(int room) {
            mtext = new byte[room];
        }
    }

    /** ftok (R16). */
    public static int ftok(Path path, int proj) {
        try {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino");
            long device = (Long) attributes.get("dev");
            long inode = (Long) attributes.get("ino");
            return (proj & 0xFF) << 24 | (int) (device & 0xFF) << 16 | (int) (inode & 0xFFFF);
        } catch (NoSuchFileException e) {
            throw new ErrnoException(Errno.ENOENT, "ftok " + path, e);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EACCES, "ftok " + path, e);
        }
    }

    /** msgget (R1–R15): the msqid. */
    public int msgget(int key, int msgflg) {
        return msqd.get(key, msgflg);
    }

    /**
     * msgsnd (R17–R34).
     *
     * @param msgsz how much of the text is sent, in bytes
     * @throws ErrnoException EINVAL, EACCES, EAGAIN, EIDRM, EINTR, ENOMEM; EFAULT when msgsz is more than the text
     */
    public void msgsnd(int msqid, long mtype, byte[] mtext, int msgsz, int msgflg) {
        CallTrace trace = msqd.trace();
        if (!trace.isOn()) {
            send(msqid, mtype, mtext, msgsz, msgflg);
            return;
        }
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        long position = 0;
        try {
            position = send(msqid, mtype, mtext, msgsz, msgflg);
            returnValue = 0;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.sent(startNs, returnValue, msqid, position, msgsz, msgflg);
        }
    }

    /** Returns the message's position. */
    private long send(int msqid, long mtype, byte[] mtext, int msgsz, int msgflg) {
        if (msqid < 0 || msgsz < 0 || msgsz > msqd.msgmax()) {
            throw new ErrnoException(Errno.EINVAL,
                "msgsnd: msqid " + msqid + ", size " + msgsz + " (msgmax " + msqd.msgmax() + ")");
        }
        if (mtype < 1) {
            throw new ErrnoException(Errno.EINVAL, "msgsnd: message type " + mtype + " is not at least 1");
        }
        if (msgsz > mtext.length) {
            throw new ErrnoException(Errno.EFAULT, "msgsnd: size " + msgsz + " of a text of " + mtext.length);
        }
        MessageQueue queue = pool.borrow(msqid);
        try {
            if (!queue.sendUntraced(mtype, mtext, msgsz, (msgflg & IPC_NOWAIT) == 0)) {
                throw new ErrnoException(Errno.EAGAIN, "msgsnd: queue " + msqid + " is full");
            }
            return queue.endpoint().sender().sentPosition(msgsz);
        } finally {
            pool.giveBack(queue);
        }
    }

    /**
     * msgrcv (R35–R58).
     *
     * @param msgsz longest text that is wanted, in bytes
     * @return length of the text
     * @throws ErrnoException EINVAL, EACCES, E2BIG, ENOMSG, EIDRM, EINTR; EFAULT when the message does not fit the text
     *                        (it keeps its place)
     */
    public int msgrcv(int msqid, Message msgp, long msgsz, long msgtyp, int msgflg) {
        CallTrace trace = msqd.trace();
        if (!trace.isOn()) {
            return receive(msqid, msgp, msgsz, msgtyp, msgflg, UNSEEN);
        }
        long startNs = trace.now();
        long returnValue = CallTrace.FAILED;
        long[] position = new long[1];
        try {
            int length = receive(msqid, msgp, msgsz, msgtyp, msgflg, receiver -> position[0] = receiver.position());
            returnValue = length;
            return length;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            trace.received(startNs, returnValue, msqid, position[0], msgsz, msgtyp, msgflg);
        }
    }

    /** @param onReceived is shown the receiver before its queue goes back to the pool */
    private int receive(int msqid, Message msgp, long msgsz, long msgtyp, int msgflg, Consumer<Receiver> onReceived) {
        if (msqid < 0 || msgsz < 0) {
            throw new ErrnoException(Errno.EINVAL, "msgrcv: msqid " + msqid + ", size " + msgsz);
        }
        if ((msgflg & MSG_COPY) != 0 && ((msgflg & MSG_EXCEPT) != 0 || (msgflg & IPC_NOWAIT) == 0)) {
            throw new ErrnoException(Errno.EINVAL, "msgrcv: MSG_COPY goes with IPC_NOWAIT and not with MSG_EXCEPT");
        }
        if ((msgflg & MSG_COPY) != 0 && Math.min(msgsz, msqd.msgmax()) > msgp.mtext.length + Long.BYTES) {
            // R47: the kernel reads the whole buffer first, from mtype on.
            throw new ErrnoException(Errno.EFAULT, "msgrcv: size " + msgsz + " of a text of " + msgp.mtext.length);
        }
        MessageQueue queue = pool.borrow(msqid);
        try {
            int length = (msgflg & MSG_COPY) != 0 ? copy(queue, msgp, msgsz, msgtyp, msgflg)
                : take(queue, msgp, msgsz, msgtyp, msgflg);
            onReceived.accept(queue.endpoint().receiver());
            return length;
        } finally {
            pool.giveBack(queue);
        }
    }

    /**
     * IPC_STAT, MSG_STAT and MSG_STAT_ANY (R60, R72, R73).
     *
     * @param msqid an id, or for the latter two an index
     */
    public MsqidDs msgctl(int msqid, int cmd) {
        return switch (check(msqid, cmd)) {
            case IPC_STAT -> msqd.stat(msqid);
            case MSG_STAT -> msqd.stat(msqid, StatKind.STAT_INDEX);
            case MSG_STAT_ANY -> msqd.stat(msqid, StatKind.STAT_ANY);
            case IPC_RMID -> {
                msqd.remove(msqid);
                pool.forget(msqid);
                yield null;
            }
            default -> throw refused(msqid, cmd, "msgctl: command " + cmd);
        };
    }

    /** IPC_SET (R61–R68). */
    public void msgctl(int msqid, int cmd, QueueSettings settings) {
        if (check(msqid, cmd) != IPC_SET) {
            throw refused(msqid, cmd, "msgctl: command " + cmd + " takes no settings");
        }
        msqd.set(msqid, settings);
    }

    /**
     * IPC_INFO and MSG_INFO (R59, R70, R71), which differ in what C's {@code struct msginfo} shows of the same.
     *
     * @param msqid not used, but not negative
     */
    public SystemInfo msginfo(int msqid, int cmd) {
        if (check(msqid, cmd) != IPC_INFO && cmd != MSG_INFO) {
            throw refused(msqid, cmd, "msgctl: command " + cmd + " tells nothing of the system");
        }
        return msqd.info(msqid, cmd);
    }

    /** Closes the pool's endpoints. Not while a call is under way. */
    @Override
    public void close() {
        pool.close();
    }

    private int check(int msqid, int cmd) {
        if (msqid < 0 || cmd < 0) {
            throw refused(msqid, cmd, "msgctl: msqid " + msqid + ", command " + cmd);
        }
        return cmd;
    }

    /** EINVAL for what does not get as far as the daemon. */
    private ErrnoException refused(int msqid, int cmd, String why) {
        ErrnoException refusal = new ErrnoException(Errno.EINVAL, why);
        msqd.trace().refused(msqid, cmd, refusal);
        return refusal;
    }

    private static int take(MessageQueue queue, Message msgp, long msgsz, long msgtyp, int msgflg) {
        Receiver receiver = queue.endpoint().receiver();
        Selector selector = Selector.of(msgtyp, (msgflg & MSG_EXCEPT) != 0);
        boolean cut = (msgflg & MSG_NOERROR) != 0;
        int room = cut ? Integer.MAX_VALUE : (int) Math.min(msgsz, Integer.MAX_VALUE);
        while (true) {
            int taken = receiver.take(selector, room, (msgflg & IPC_NOWAIT) == 0 ? Long.MAX_VALUE : 0);
            if (taken == Receiver.NONE) {
                throw new ErrnoException(Errno.ENOMSG, "msgrcv: no message of " + selector);
            }
            if (taken == Receiver.TOO_LONG) {
                throw new ErrnoException(Errno.E2BIG, "msgrcv: the message is longer than " + msgsz + " bytes");
            }
            int length = (int) Math.min(receiver.length(), msgsz);
            long mtype = receiver.mtype();
            try {
                if (length > msgp.mtext.length) {
                    throw new ErrnoException(Errno.EFAULT,
                        "msgrcv: " + length + " bytes do not fit a text of " + msgp.mtext.length);
                }
                receiver.buffer().getBytes(receiver.offset(), msgp.mtext, 0, length);
            } catch (Throwable e) {
                // R36: the kernel would destroy it.
                receiver.giveBack();
                throw e;
            }
            if (receiver.consume()) {
                msgp.mtype = mtype;
                return length;
            }
        }
    }

    private int copy(MessageQueue queue, Message msgp, long msgsz, long index, int msgflg) {
        long room = Math.min(msgsz, msqd.msgmax());
        int[] length = {-1};
        boolean found = queue.browseUntraced(index, (mtype, buffer, offset, fullLength) -> {
            if (fullLength > room) {
                // R46. The kernel makes its copy no longer than msgmax, which may be lower than when the message was sent.
                boolean tooBig = fullLength > msgsz && (msgflg & MSG_NOERROR) == 0;
                throw new ErrnoException(tooBig ? Errno.E2BIG : Errno.EINVAL,
                    "msgrcv: the message is longer than " + room + " bytes");
            }
            if (fullLength > msgp.mtext.length) {
                throw new ErrnoException(Errno.EFAULT,
                    "msgrcv: " + fullLength + " bytes do not fit a text of " + msgp.mtext.length);
            }
            buffer.getBytes(offset, msgp.mtext, 0, fullLength);
            msgp.mtype = mtype;
            length[0] = fullLength;
        });
        if (!found) {
            throw new ErrnoException(Errno.ENOMSG, "msgrcv: no message with index " + index);
        }
        return length[0];
    }
}
