package dev.msqd.daemon.contract;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.nio.file.Path;

/**
 * System V's calls as C has them, by the kernel or by msqd, in this process or in another one. Failures are
 * {@link dev.msqd.calls.ErrnoException}s. Any thread.
 */
public interface MessageQueues extends AutoCloseable {
    int msgget(int key, int msgflg);

    /** @param mtext all of the text that can be read; EFAULT beyond */
    void msgsnd(int msqid, long mtype, byte[] mtext, long msgsz, int msgflg);

    /** @param msgp all of the memory that can be written; EFAULT beyond */
    long msgrcv(int msqid, SysV.Message msgp, long msgsz, long msgtyp, int msgflg);

    /** IPC_STAT, MSG_STAT, MSG_STAT_ANY; IPC_RMID, which gives null; commands that there are not. */
    MsqidDs msgctl(int msqid, int cmd);

    /** IPC_SET. */
    void set(int msqid, int uid, int gid, int mode, long qbytes);

    /** IPC_INFO and MSG_INFO. */
    KernelQueue.Info info(int msqid, int cmd);

    int ftok(Path path, int proj);

    /** The process that the calls come from. */
    int pid();

    /** Where /proc shows the thread that the calling thread's calls are made by. */
    Path task();

    /** Has a sleeping call end with EINTR. */
    void interrupt(Sleeper<?> sleeper);

    @Override
    void close();
}
