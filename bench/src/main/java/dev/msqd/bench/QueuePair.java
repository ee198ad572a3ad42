package dev.msqd.bench;

import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.util.function.IntConsumer;

/**
 * The two queues of a round, new and empty.
 *
 * @param outward  msqid of the queue from the near process to the far one
 * @param homeward msqid of the queue back
 * @param remover  takes either away
 */
record QueuePair(int outward, int homeward, IntConsumer remover) implements AutoCloseable {
    private static final int MODE = 0600;

    static QueuePair create(Transport transport, Msqd msqd, long qbytes) {
        return transport.isMsqd()
            ? new QueuePair(ofMsqd(transport, msqd, qbytes), ofMsqd(transport, msqd, qbytes), msqd::remove)
            : new QueuePair(ofKernel(qbytes), ofKernel(qbytes), KernelQueue::remove);
    }

    private static int ofMsqd(Transport transport, Msqd msqd, long qbytes) {
        return msqd.get(Msqd.IPC_PRIVATE, MODE,
            QueueOptions.none().withQbytes(qbytes).withDurability(transport.durability()));
    }

    private static int ofKernel(long qbytes) {
        int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, MODE);
        KernelQueue.setQbytes(msqid, qbytes);
        return msqid;
    }

    @Override
    public void close() {
        remover.accept(outward);
        remover.accept(homeward);
    }
}
