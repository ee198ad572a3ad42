package dev.msqd.oracle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.client.SysV;
import dev.msqd.layout.Durability;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The kernel's own message queues, called as they are: what msqd must behave like and is measured against. Any thread.
 *
 * <p>Flags and commands are those of {@link SysV}. Messages are {@code struct msgbuf} in native memory: 8 bytes of
 * mtype, then the text; a segment of any address will do, so that EFAULT can be had. Every call throws
 * {@link ErrnoException} with the kernel's error number. A call that sleeps can't be interrupted: only a message, room
 * or the queue's removal ends it.
 */
public final class KernelQueue {
    /** Where a message's type is. */
    public static final int MTYPE_OFFSET = KernelStructs.MSGBUF_MTYPE_OFFSET;
    /** Where a message's text begins. */
    public static final int MTEXT_OFFSET = KernelStructs.MSGBUF_MTEXT_OFFSET;
    /** What {@link #tryReceive} returns when there is no message. */
    public static final int NONE = -1;

    private static final MethodHandle MSGGET = link("msgget", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle MSGSND =
        link("msgsnd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MSGRCV =
        link("msgrcv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MSGCTL =
        link("msgctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FTOK = link("ftok", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private static final StructLayout CAPTURE_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE_LAYOUT.varHandle(PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> CAPTURE =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE_LAYOUT));

    private KernelQueue() {}

    /** msgget(2): the msqid. */
    public static int msgget(int key, int msgflg) {
        MemorySegment capture = CAPTURE.get();
        try {
            int msqid = (int) MSGGET.invokeExact(capture, key, msgflg);
            if (msqid < 0) {
                throw failure(capture, "msgget of key " + key);
            }
            return msqid;
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    /** msgsnd(2). */
    public static void msgsnd(int msqid, MemorySegment msgp, long msgsz, int msgflg) {
        MemorySegment capture = CAPTURE.get();
        if (send(capture, msqid, msgp, msgsz, msgflg) < 0) {
            throw failure(capture, "msgsnd to queue " + msqid);
        }
    }

    /** msgsnd with IPC_NOWAIT, where a full queue is no exception: false for EAGAIN. */
    public static boolean trySend(int msqid, MemorySegment msgp, long msgsz) {
        MemorySegment capture = CAPTURE.get();
        if (send(capture, msqid, msgp, msgsz, SysV.IPC_NOWAIT) == 0) {
            return true;
        }
        if (errno(capture) == Errno.EAGAIN) {
            return false;
        }
        throw failure(capture, "msgsnd to queue " + msqid);
    }

    /** msgrcv(2): length of the text. */
    public static long msgrcv(int msqid, MemorySegment msgp, long msgsz, long msgtyp, int msgflg) {
        MemorySegment capture = CAPTURE.get();
        long length = receive(capture, msqid, msgp, msgsz, msgtyp, msgflg);
        if (length < 0) {
            throw failure(capture, "msgrcv from queue " + msqid);
        }
        return length;
    }

    /** msgrcv with IPC_NOWAIT, where an empty queue is no exception: {@link #NONE} for ENOMSG. */
    public static long tryReceive(int msqid, MemorySegment msgp, long msgsz, long msgtyp) {
        MemorySegment capture = CAPTURE.get();
        long length = receive(capture, msqid, msgp, msgsz, msgtyp, SysV.IPC_NOWAIT);
        if (length >= 0) {
            return length;
        }
        if (errno(capture) == Errno.ENOMSG) {
            return NONE;
        }
        throw failure(capture, "msgrcv from queue " + msqid);
    }

    /** msgctl(2), whatever the command: its result. */
    public static int msgctl(int msqid, int cmd, MemorySegment buf) {
        MemorySegment capture = CAPTURE.get();
        try {
            int result = (int) MSGCTL.invokeExact(capture, msqid, cmd, buf);
            if (result < 0) {
                throw failure(capture, "msgctl of queue " + msqid + " with command " + cmd);
            }
            return result;
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    /** IPC_STAT. The kernel knows no name, no history and no fault; its queues survive processes. */
    public static MsqidDs stat(int msqid) {
        return stat(msqid, SysV.IPC_STAT);
    }

    /**
     * IPC_STAT, MSG_STAT or MSG_STAT_ANY.
     *
     * @param msqid an id, or for the latter two an index (R72)
     */
    public static MsqidDs stat(int msqid, int cmd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ds = arena.allocate(KernelStructs.MSQID_DS_LENGTH, Long.BYTES);
            int result = msgctl(msqid, cmd, ds);
            return new MsqidDs(
                cmd == SysV.IPC_STAT ? msqid : result,
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_KEY_OFFSET),
                "",
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_UID_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_GID_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_CUID_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_CGID_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_MODE_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_CBYTES_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_QNUM_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_QBYTES_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_LSPID_OFFSET),
                ds.get(JAVA_INT, KernelStructs.MSQID_DS_LRPID_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_STIME_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_RTIME_OFFSET),
                ds.get(JAVA_LONG, KernelStructs.MSQID_DS_CTIME_OFFSET),
                Durability.PROCESS,
                Retention.NONE,
                "");
        }
    }

    /** IPC_SET of everything that it sets (R64). */
    public static void set(int msqid, int uid, int gid, int mode, long qbytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ds = arena.allocate(KernelStructs.MSQID_DS_LENGTH, Long.BYTES);
            ds.set(JAVA_INT, KernelStructs.MSQID_DS_UID_OFFSET, uid);
            ds.set(JAVA_INT, KernelStructs.MSQID_DS_GID_OFFSET, gid);
            ds.set(JAVA_INT, KernelStructs.MSQID_DS_MODE_OFFSET, mode);
            ds.set(JAVA_LONG, KernelStructs.MSQID_DS_QBYTES_OFFSET, qbytes);
            msgctl(msqid, SysV.IPC_SET, ds);
        }
    }

    /** IPC_SET of the limit alone: the rest stays as it is now. */
    public static void setQbytes(int msqid, long qbytes) {
        MsqidDs now = stat(msqid);
        set(msqid, now.uid(), now.gid(), now.mode(), qbytes);
    }

    /** IPC_RMID. */
    public static void remove(int msqid) {
        msgctl(msqid, SysV.IPC_RMID, MemorySegment.NULL);
    }

    /** IPC_INFO or MSG_INFO (R70, R71). */
    public static Info info(int cmd) {
        return info(0, cmd);
    }

    /** The same with an id, which must only not be negative (R59). */
    public static Info info(int msqid, int cmd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(KernelStructs.MSGINFO_LENGTH, Integer.BYTES);
            int highestIndex = msgctl(msqid, cmd, info);
            return new Info(
                highestIndex,
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGPOOL_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGMAP_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGMAX_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGMNB_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGMNI_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGSSZ_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGTQL_OFFSET),
                info.get(JAVA_INT, KernelStructs.MSGINFO_MSGSEG_OFFSET) & 0xFFFF);
        }
    }

    /**
     * The fields of {@code struct msginfo}; what they tell depends on the command (R71).
     *
     * @param highestIndex what the call itself returns: the highest index in use, 0 if there is none
     */
    public record Info(
        int highestIndex,
        int msgpool,
        int msgmap,
        int msgmax,
        int msgmnb,
        int msgmni,
        int msgssz,
        int msgtql,
        int msgseg) {}

    /** ftok(3): the key. */
    public static int ftok(Path path, int proj) {
        MemorySegment capture = CAPTURE.get();
        try (Arena arena = Arena.ofConfined()) {
            int key = (int) FTOK.invokeExact(capture, arena.allocateFrom(path.toString()), proj);
            if (key == -1) {
                throw failure(capture, "ftok of " + path);
            }
            return key;
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    private static int send(MemorySegment capture, int msqid, MemorySegment msgp, long msgsz, int msgflg) {
        try {
            return (int) MSGSND.invokeExact(capture, msqid, msgp, msgsz, msgflg);
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    private static long receive(
        MemorySegment capture, int msqid, MemorySegment msgp, long msgsz, long msgtyp, int msgflg) {
        try {
            return (long) MSGRCV.invokeExact(capture, msqid, msgp, msgsz, msgtyp, msgflg);
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    private static int errno(MemorySegment capture) {
        return (int) ERRNO.get(capture, 0L);
    }

    private static ErrnoException failure(MemorySegment capture, String doing) {
        int errno = errno(capture);
        return new ErrnoException(errno, "the kernel's " + doing + ": " + Errno.text(errno));
    }

    /** A linked function throws nothing checked. */
    private static RuntimeException rethrown(Throwable t) {
        if (t instanceof Error error) {
            throw error;
        }
        return t instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(t);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(String name, FunctionDescriptor shape) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape,
            Linker.Option.captureCallState("errno"));
    }
}
