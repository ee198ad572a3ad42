package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.msqd.calls.Errno;
import dev.msqd.client.SysV;
import dev.msqd.daemon.Daemon;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slots;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** msqd keeps the contract, with the kernel's limits. */
class MsqdContractTest extends ContractTest {
    private Path hotFolder;
    private final List<Daemon> otherDaemons = new ArrayList<>();
    private Daemon daemon;
    private MessageQueues queues;

    @BeforeAll
    void start(@TempDir(factory = SharedMemoryFolder.class) Path hotFolder) {
        this.hotFolder = hotFolder;
        daemon = startDaemon(hotFolder, "data", KernelQueue.info(SysV.IPC_INFO).msgmni());
        queues = new MsqdQueues(daemon.directory());
    }

    @AfterEach
    void stopOthers() {
        otherDaemons.forEach(Daemon::close);
        otherDaemons.clear();
    }

    @AfterAll
    void stop() {
        queues.close();
        daemon.close();
    }

    @Override
    public MessageQueues queues() {
        return queues;
    }

    @Override
    public MessageQueues emptySystem(int msgmni) {
        try {
            String name = Files.createTempDirectory(folder(), "other").getFileName().toString();
            Daemon other = startDaemon(hotFolder, name, msgmni);
            otherDaemons.add(other);
            return new MsqdQueues(other.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The daemon looks now and then; who is stopped then is nudged out of the line of those who wait. */
    @Override
    public void awaitStopNoticed(int msqid) {
        try (QueueMemory memory = QueueMemory.open(hotFolder.resolve("data").resolve(Integer.toString(msqid)))) {
            Slots slots = new SegmentChain(memory).slots();
            ArmedSlots receivers = ArmedSlots.receivers(memory);
            while (receivers.next(0) < 0 || slots.peer(receivers.next(0)).waiterWord() != SlotDescriptor.NUDGED) {
                Thread.sleep(1); // the test's own time limit is the watchdog
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    Path dataDirectory() {
        return daemon.directory();
    }

    /** R50: unlike the kernel. */
    @Test
    void storesTheProcessAfterAHandOff() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "x");
        receiver.result();
        assertEquals(queues.pid(), stat(msqid).lrpid());
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
            assertEquals("1 x", Contract.receive(queues, msqid, 0, 0));
            assertThrows(IllegalStateException.class, receiver::result);
        }
    }

    /** R36: unlike the kernel. */
    @Test
    void keepsWhatCannotBeCopiedOut() {
        int msqid = newQueue();
        send(msqid, 1, "message");
        send(msqid, 1, "next");
        refused(Errno.EFAULT, () -> queues.msgrcv(msqid, new SysV.Message(3), 7, 0, IPC_NOWAIT));
        assertHolds(msqid, "1 message", "1 next");
    }
}
