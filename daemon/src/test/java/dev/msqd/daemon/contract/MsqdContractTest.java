package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.msqd.calls.Errno;
import dev.msqd.client.SysV;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slots;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** msqd keeps the contract, with the kernel's limits. */
class MsqdContractTest extends DaemonContractTest {
    @Override
    MessageQueues connect(Path dataDirectory) {
        return new MsqdQueues(dataDirectory);
    }

    /** The daemon looks now and then; who is stopped then is nudged out of the line of those who wait. */
    @Override
    public void awaitStopNoticed(int msqid) {
        try (QueueMemory memory = QueueMemory.open(hotFolder(msqid))) {
            Slots slots = new SegmentChain(memory).slots();
            ArmedSlots receivers = ArmedSlots.receivers(memory);
            while (receivers.next(0) < 0 || slots.peer(receivers.next(0)).waiterWord() != SlotDescriptor.NUDGED) {
                Thread.sleep(1); // the test's own time limit is the watchdog
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** R57: unlike the kernel. */
    @Test
    void keepsWhatWasHandedToTheKilled() throws Exception {
        int msqid = newQueue();
        try (Actor mortal = actor(List.of())) {
            Sleeper<String> receiver = receiveAsleep(mortal, msqid, ROOM, 0, 0);
            mortal.whileStopped(() -> {
                send(msqid, 1, "x");
                mortal.kill();
            });
            assertEquals("1 x", Contract.receive(queues(), msqid, 0, 0));
            assertThrows(IllegalStateException.class, receiver::result);
        }
    }

    /** R36: unlike the kernel. */
    @Test
    void keepsWhatCannotBeCopiedOut() {
        int msqid = newQueue();
        send(msqid, 1, "message");
        send(msqid, 1, "next");
        refused(Errno.EFAULT, () -> queues().msgrcv(msqid, new SysV.Message(3), 7, 0, IPC_NOWAIT));
        assertHolds(msqid, "1 message", "1 next");
    }
}
