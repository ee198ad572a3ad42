package dev.msqd.daemon.contract;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The kernel's queues, from this process. */
public final class KernelQueues implements MessageQueues {
    @Override
    public int msgget(int key, int msgflg) {
        return KernelQueue.msgget(key, msgflg);
    }

    @Override
    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
        MemorySegment msgp = GuardedMemory.last(KernelQueue.MTEXT_OFFSET + mtext.length);
        msgp.set(JAVA_LONG_UNALIGNED, KernelQueue.MTYPE_OFFSET, mtype);
        MemorySegment.copy(mtext, 0, msgp, JAVA_BYTE, KernelQueue.MTEXT_OFFSET, mtext.length);
        KernelQueue.msgsnd(msqid, msgp, msgsz, msgflg);
    }

    @Override
    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
        MemorySegment memory = GuardedMemory.last(KernelQueue.MTEXT_OFFSET + msgp.mtext.length);
        long length = KernelQueue.msgrcv(msqid, memory, msgsz, msgtyp, msgflg);
        msgp.mtype = memory.get(JAVA_LONG_UNALIGNED, KernelQueue.MTYPE_OFFSET);
        MemorySegment.copy(memory, JAVA_BYTE, KernelQueue.MTEXT_OFFSET, msgp.mtext, 0, (int) length);
        return length;
    }

    @Override
    public MsqidDs msgctl(int msqid, int cmd) {
        return switch (cmd) {
            case SysV.IPC_STAT, SysV.MSG_STAT, SysV.MSG_STAT_ANY -> KernelQueue.stat(msqid, cmd);
            default -> {
                KernelQueue.msgctl(msqid, cmd, MemorySegment.NULL);
                yield null;
            }
        };
    }

    @Override
    public void set(int msqid, int uid, int gid, int mode, long qbytes) {
        KernelQueue.set(msqid, uid, gid, mode, qbytes);
    }

    @Override
    public KernelQueue.Info info(int msqid, int cmd) {
        return KernelQueue.info(msqid, cmd);
    }

    @Override
    public int ftok(Path path, int proj) {
        return KernelQueue.ftok(path, proj);
    }

    @Override
    public int pid() {
        return Processes.self();
    }

    @Override
    public Path task() {
        return Task.ofCallingThread();
    }

    @Override
    public void interrupt(Sleeper<?> sleeper) {
        CaughtSignal.send(sleeper.task());
    }

    @Override
    public void close() {
        // there is nothing to close
    }
}
