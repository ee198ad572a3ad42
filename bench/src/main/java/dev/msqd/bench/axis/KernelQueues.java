package dev.msqd.bench.axis;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;

/** Whether the kernel's queues hold enough for a measurement. */
public final class KernelQueues {
    static final String TOO_SMALL =
        "msgmnb is too small for the kernel's queue, and may not be passed (CAP_SYS_RESOURCE; or run it under unshare -i with a larger one)";

    private KernelQueues() {}

    /** So many bytes. */
    public static boolean hold(long qbytes) {
        int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
        try {
            KernelQueue.setQbytes(msqid, Math.max(qbytes, KernelQueue.stat(msqid).qbytes()));
            return true;
        } catch (ErrnoException e) {
            return false;
        } finally {
            KernelQueue.remove(msqid);
        }
    }
}
