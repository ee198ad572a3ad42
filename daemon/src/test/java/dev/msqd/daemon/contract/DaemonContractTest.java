package dev.msqd.daemon.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.client.SysV;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.oracle.KernelQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a daemon with the kernel's limits; an empty system is another daemon's. */
abstract class DaemonContractTest extends ContractTest {
    private static final String NAME = "data";

    private Path hotFolder;
    private Daemon daemon;
    private MessageQueues queues;
    private final List<Daemon> otherDaemons = new ArrayList<>();

    @BeforeAll
    final void start(@TempDir(factory = SharedMemoryFolder.class) Path hotFolder) throws Exception {
        this.hotFolder = hotFolder;
        daemon = startDaemon(NAME, KernelQueue.info(SysV.IPC_INFO).msgmni());
        queues = connect(daemon.directory());
    }

    @AfterEach
    final void stopOthers() {
        otherDaemons.forEach(Daemon::close);
        otherDaemons.clear();
    }

    @AfterAll
    final void stop() {
        if (queues != null) {
            queues.close();
        }
        daemon.close();
    }

    /** Queues of the daemon that serves a data directory. */
    abstract MessageQueues connect(Path dataDirectory) throws Exception;

    /** The queue's folder in the hot directory. */
    final Path hotFolder(int msqid) {
        return hotFolder.resolve(NAME).resolve(Integer.toString(msqid));
    }

    @Override
    public final MessageQueues queues() {
        return queues;
    }

    @Override
    public final MessageQueues emptySystem(int msgmni) {
        try {
            String name = Files.createTempDirectory(folder(), "other").getFileName().toString();
            Daemon other = startDaemon(name, msgmni);
            otherDaemons.add(other);
            return connect(other.directory());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    final Path dataDirectory() {
        return daemon.directory();
    }

    private Daemon startDaemon(String name, int msgmni) {
        KernelQueue.Info kernel = KernelQueue.info(SysV.IPC_INFO);
        return Daemon.start(Configuration.load(Map.of(
            "dir", folder().resolve(name).toString(),
            "hot.dir", hotFolder.resolve(name).toString(),
            "msgmax", Integer.toString(kernel.msgmax()),
            "msgmnb", Integer.toString(kernel.msgmnb()),
            "msgmni", Integer.toString(msgmni)), null));
    }

    /** R50: unlike the kernel. */
    @Test
    final void storesTheProcessAfterAHandOff() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "x");
        receiver.result();
        assertEquals(queues.pid(), stat(msqid).lrpid());
    }
}
