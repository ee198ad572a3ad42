package dev.msqd.daemon.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole contract over one system. Every test removes its queues, which also ends whatever still sleeps; processes of other
 * users are started when they are first asked for.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class ContractTest implements GetContract, SendContract, ReceiveContract, ControlContract, SleepContract,
    StopContract, PermissionContract {
    private Path folder;
    private String classPath;
    private final List<Integer> made = new ArrayList<>();
    private final Map<Account, Actor> actors = new EnumMap<>(Account.class);

    @BeforeAll
    void letOthersIn(@TempDir Path folder) throws IOException {
        this.folder = folder;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void removeQueues() {
        for (int msqid : made) {
            try {
                queues().msgctl(msqid, SysV.IPC_RMID);
            } catch (ErrnoException e) {
                assertEquals(Errno.EINVAL, e.errno(), e.getMessage());
            }
        }
        made.clear();
    }

    @AfterAll
    void endActors() {
        actors.values().forEach(Actor::close);
    }

    /** msqd's data directory, or null for the kernel. */
    abstract Path dataDirectory();

    final Path folder() {
        return folder;
    }

    @Override
    public int made(int msqid) {
        made.add(msqid);
        return msqid;
    }

    @Override
    public Actor as(Account account) {
        assumeTrue(Processes.effectiveUid() == 0, "only root can act as others");
        assumeProgram("setpriv");
        return actors.computeIfAbsent(account, any -> actor(account.command()));
    }

    Actor actor(List<String> command) {
        try {
            if (classPath == null) {
                classPath = Actor.copyClassPath(folder, ActorMain.class, Msqd.class, KernelQueue.class,
                    UnsafeBuffer.class);
            }
            return new Actor(command, classPath, dataDirectory());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static void assumeProgram(String name) {
        assumeTrue(
            Stream.of(System.getenv("PATH").split(":")).anyMatch(path -> Files.isExecutable(Path.of(path, name))),
            "there is no " + name);
    }
}
