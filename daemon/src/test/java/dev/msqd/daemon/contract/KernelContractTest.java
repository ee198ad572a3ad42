package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.Processes;
import dev.msqd.client.SysV;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The kernel keeps the contract, or the contract is wrong. */
class KernelContractTest extends ContractTest {
    private final MessageQueues queues = new KernelQueues();

    @Override
    public MessageQueues queues() {
        return queues;
    }

    /** An IPC namespace of its own, which has limits of its own. */
    @Override
    public MessageQueues emptySystem(int msgmni) {
        assumeTrue(Processes.effectiveUid() == 0, "only root can make an IPC namespace");
        assumeProgram("unshare");
        return actor(List.of("unshare", "--ipc", "sh", "-c",
            "echo " + msgmni + " >/proc/sys/kernel/msgmni && exec \"$0\" \"$@\""));
    }

    @Override
    Path dataDirectory() {
        return null;
    }

    /** R50: one of the accidents that msqd does not copy. */
    @Test
    void storesAThreadAfterAHandOff() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "x");
        receiver.result();
        assertEquals(receiver.task().getFileName().toString(), Integer.toString(stat(msqid).lrpid()));
    }

    /** R36: one of the accidents that msqd does not copy. */
    @Test
    void losesWhatCannotBeCopiedOut() {
        int msqid = newQueue();
        send(msqid, 1, "message");
        refused(Errno.EFAULT, () -> queues.msgrcv(msqid, new SysV.Message(3), 7, 0, IPC_NOWAIT));
        assertEquals(0, stat(msqid).qnum());
    }

    /** It does at once. */
    @Override
    public void awaitStopNoticed(int msqid) {}
}
