package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.daemon.contract.Sleeper;
import dev.msqd.oracle.KernelQueue;
import java.nio.file.Path;

/** Others' calls, for subclasses to make some of them wrong. */
class ForwardingQueues implements MessageQueues {
    private final MessageQueues queues;

    ForwardingQueues(MessageQueues queues) {
        this.queues = queues;
    }

    @Override
    public int msgget(int key, int msgflg) {
        return queues.msgget(key, msgflg);
    }

    @Override
    public void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg) {
        queues.msgsnd(msqid, mtype, mtext, msgsz, msgflg);
    }

    @Override
    public long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg) {
        return queues.msgrcv(msqid, msgp, msgsz, msgtyp, msgflg);
    }

    @Override
    public MsqidDs msgctl(int msqid, int cmd) {
        return queues.msgctl(msqid, cmd);
    }

    @Override
    public void set(int msqid, int uid, int gid, int mode, long qbytes) {
        queues.set(msqid, uid, gid, mode, qbytes);
    }

    @Override
    public KernelQueue.Info info(int msqid, int cmd) {
        return queues.info(msqid, cmd);
    }

    @Override
    public int ftok(Path path, int proj) {
        return queues.ftok(path, proj);
    }

    @Override
    public int pid() {
        return queues.pid();
    }

    @Override
    public Path task() {
        return queues.task();
    }

    @Override
    public void interrupt(Sleeper<?> sleeper) {
        queues.interrupt(sleeper);
    }

    @Override
    public void close() {
        queues.close();
    }
}
