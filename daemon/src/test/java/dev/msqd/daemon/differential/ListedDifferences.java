package dev.msqd.daemon.differential;

import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import dev.msqd.oracle.KernelQueue;
import java.util.Set;

/**
 * Compares what the two systems say, but for what msqd does otherwise on purpose (docs/semantics.md) and what cannot be equal.
 * Programs leave out the rest of that list: EFAULT on copying out (R36), SIGKILL (R57), qbytes above 32 bits (R66).
 */
final class ListedDifferences {
    /** For a machine that halts between the two; times that are wrong are wrong by more. */
    private static final long CLOCK_LAG_SECONDS = 10;

    private final Set<Integer> kernelThreads;
    private final boolean sharesTheKernel;
    private final int pid = Processes.self();

    /**
     * @param kernelThreads  thread ids of those who make the kernel's calls
     * @param sharesTheKernel do others have queues, too?
     */
    ListedDifferences(Set<Integer> kernelThreads, boolean sharesTheKernel) {
        this.kernelThreads = kernelThreads;
        this.sharesTheKernel = sharesTheKernel;
    }

    boolean alike(Outcome kernel, Outcome msqd) {
        return kernel.failure().equals(msqd.failure()) && (kernel.failed() || alike(kernel.result(), msqd.result()));
    }

    boolean alike(Object kernel, Object msqd) {
        if (kernel instanceof MsqidDs ofKernel && msqd instanceof MsqidDs ofMsqd) {
            return withPidOf(ofKernel).equals(withTimesOf(ofKernel, ofMsqd));
        }
        if (sharesTheKernel && kernel instanceof KernelQueue.Info ofKernel && msqd instanceof KernelQueue.Info ofMsqd) {
            return withoutCounts(ofKernel).equals(withoutCounts(ofMsqd));
        }
        return kernel == null ? msqd == null : kernel.equals(msqd);
    }

    /** R50: a message that was handed to a sleeping receiver shows its thread in the kernel, its process in msqd. */
    private MsqidDs withPidOf(MsqidDs ds) {
        return kernelThreads.contains(ds.lrpid()) ? copy(ds, pid, ds) : ds;
    }

    /** The same moment has two times: the calls come one after the other, and the kernel's clock ticks now and then. */
    private static MsqidDs withTimesOf(MsqidDs kernel, MsqidDs msqd) {
        boolean near = near(kernel.stimeSeconds(), msqd.stimeSeconds())
            && near(kernel.rtimeSeconds(), msqd.rtimeSeconds())
            && near(kernel.ctimeSeconds(), msqd.ctimeSeconds());
        return near ? copy(msqd, msqd.lrpid(), kernel) : msqd;
    }

    private static boolean near(long kernelSeconds, long msqdSeconds) {
        return (kernelSeconds == 0) == (msqdSeconds == 0)
            && Math.abs(kernelSeconds - msqdSeconds) <= CLOCK_LAG_SECONDS;
    }

    private static MsqidDs copy(MsqidDs ds, int lrpid, MsqidDs times) {
        return new MsqidDs(ds.msqid(), ds.key(), ds.name(), ds.uid(), ds.gid(), ds.cuid(), ds.cgid(), ds.mode(),
            ds.cbytes(), ds.qnum(), ds.qbytes(), ds.lspid(), lrpid, times.stimeSeconds(), times.rtimeSeconds(),
            times.ctimeSeconds(), ds.durability(), ds.retention(), ds.fault());
    }

    /** Where others have queues, too, the kernel counts theirs (R70, R71). */
    private static KernelQueue.Info withoutCounts(KernelQueue.Info info) {
        return new KernelQueue.Info(0, 0, 0, info.msgmax(), info.msgmnb(), info.msgmni(), info.msgssz(), 0,
            info.msgseg());
    }
}
