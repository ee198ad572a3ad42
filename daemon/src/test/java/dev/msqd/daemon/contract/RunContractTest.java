package dev.msqd.daemon.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.daemon.Daemon;
import dev.msqd.oracle.KernelQueue;
import dev.msqd.client.SysV;
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

/** msqd keeps the contract towards C programs under {@code msqd run}, signals included. */
class RunContractTest extends ContractTest {
    private Path hotFolder;
    private Path program;
    private final List<AutoCloseable> others = new ArrayList<>();
    private Daemon daemon;
    private RunActors queues;

    @BeforeAll
    void start(@TempDir(factory = SharedMemoryFolder.class) Path hotFolder) throws Exception {
        this.hotFolder = hotFolder;
        program = RunActors.compile(folder());
        assumeTrue(program != null, "there is no cc");
        daemon = startDaemon(hotFolder, "data", KernelQueue.info(SysV.IPC_INFO).msgmni());
        queues = new RunActors(folder(), program, daemon.directory());
    }

    @AfterEach
    void stopOthers() throws Exception {
        for (AutoCloseable other : others) {
            other.close();
        }
        others.clear();
    }

    @AfterAll
    void stop() {
        if (queues != null) {
            queues.close();
            daemon.close();
        }
    }

    @Override
    public MessageQueues queues() {
        return queues;
    }

    @Override
    public MessageQueues emptySystem(int msgmni) {
        try {
            Daemon other =
                startDaemon(hotFolder, Files.createTempDirectory(folder(), "other").getFileName().toString(), msgmni);
            RunActors actors = new RunActors(folder(), program, other.directory());
            others.add(actors);
            others.add(other);
            return actors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    Actor actor(List<String> command) {
        try {
            return queues.spawn(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who is stopped has left the line: its call ended, and begins anew when it is continued. */
    @Override
    public void awaitStopNoticed(int msqid) {}

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
}
