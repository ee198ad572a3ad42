package dev.msqd.daemon.contract;

import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.SysV;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.layout.Durability;
import dev.msqd.oracle.KernelQueue;
import java.nio.file.Path;

/** msqd's queues, from this process. */
public final class MsqdQueues implements MessageQueues {
    private final Msqd msqd;
    private final SysV sysV;

    /** Connects, as the user that the calling thread is. */
    public MsqdQueues(Path dataDirectory) {
        msqd = Msqd.connect(dataDirectory);
        sysV = new SysV(msqd);
    }

    @Override
    public int msgget(int key, int msgflg) {
        return sysV.msgget(key, msgflg);
    }

    @Override
    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
        // A Java array is never longer, so nothing that could be sent is lost here.
        sysV.msgsnd(msqid, mtype, mtext, Math.clamp(msgsz, Integer.MIN_VALUE, Integer.MAX_VALUE), msgflg);
    }

    @Override
    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
        return sysV.msgrcv(msqid, msgp, msgsz, msgtyp, msgflg);
    }

    @Override
    public MsqidDs msgctl(int msqid, int cmd) {
        MsqidDs ds = sysV.msgctl(msqid, cmd);
        return ds == null ? null : asSystemV(ds);
    }

    /** What of it the kernel could tell: its queues survive processes and nothing more. */
    public static MsqidDs asSystemV(MsqidDs ds) {
        return new MsqidDs(ds.msqid(), ds.key(), ds.name(), ds.uid(), ds.gid(), ds.cuid(), ds.cgid(), ds.mode(),
            ds.cbytes(), ds.qnum(), ds.qbytes(), ds.lspid(), ds.lrpid(), ds.stimeSeconds(), ds.rtimeSeconds(),
            ds.ctimeSeconds(), Durability.PROCESS, Retention.NONE, ds.fault());
    }

    @Override
    public void set(int msqid, int uid, int gid, int mode, long qbytes) {
        sysV.msgctl(msqid, SysV.IPC_SET,
            QueueSettings.none().withUid(uid).withGid(gid).withMode(mode).withQbytes(qbytes));
    }

    @Override
    public KernelQueue.Info info(int msqid, int cmd) {
        SystemInfo info = sysV.msginfo(msqid, cmd);
        Limits limits = info.limits();
        boolean counts = cmd == SysV.MSG_INFO;
        return new KernelQueue.Info(
            info.highestIndex(),
            counts ? (int) info.queues() : SystemInfo.MSGPOOL,
            counts ? (int) info.messages() : SystemInfo.MSGMAP,
            (int) limits.msgmax(),
            (int) limits.msgmnb(),
            (int) limits.msgmni(),
            SystemInfo.MSGSSZ,
            counts ? (int) info.bytes() : SystemInfo.MSGTQL,
            SystemInfo.MSGSEG);
    }

    @Override
    public int ftok(Path path, int proj) {
        return SysV.ftok(path, proj);
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
        sleeper.interruptThread();
    }

    @Override
    public void close() {
        sysV.close();
        msqd.close();
    }
}
