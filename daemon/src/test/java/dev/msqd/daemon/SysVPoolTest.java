package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Msqd;
import dev.msqd.client.SysV;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoints that {@link SysV} keeps between calls hold no queue that is gone, and no message. */
class SysVPoolTest {
    private static final int QUEUES = 20;

    @TempDir
    private Path folder;
    private Daemon daemon;
    private Msqd msqd;
    private SysV sysV;

    @BeforeEach
    void start() {
        daemon = Daemon.start(Configuration.load(Map.of(
            "dir", folder.resolve("data").toString(), "hot.dir", folder.resolve("hot").toString()), null));
        msqd = Msqd.connect(daemon.directory());
        sysV = new SysV(msqd);
    }

    @AfterEach
    void stop() {
        sysV.close();
        msqd.close();
        daemon.close();
    }

    private int used() {
        int msqid = sysV.msgget(SysV.IPC_PRIVATE, 0600);
        sysV.msgsnd(msqid, 1, new byte[1], 1, 0);
        return msqid;
    }

    private long mappingsOfDeletedFiles() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(map -> map.contains(folder.toString()) && map.endsWith("(deleted)")).count();
        }
    }

    @Test
    void removalLetsGo() throws IOException {
        for (int i = 0; i < QUEUES; i++) {
            sysV.msgctl(used(), SysV.IPC_RMID);
        }
        assertEquals(0, mappingsOfDeletedFiles());
    }

    @Test
    void removalByOthersIsNoticedInTime() throws IOException {
        try (Msqd other = Msqd.connect(daemon.directory())) {
            for (int i = 0; i < QUEUES; i++) {
                other.remove(used());
            }
        }
        assertTrue(mappingsOfDeletedFiles() > 0, "the pool kept nothing: this test shows nothing");
        int msqid = used();
        for (int call = 0; call < 500; call++) {
            sysV.msgsnd(msqid, 1, new byte[1], 1, 0);
        }
        assertEquals(0, mappingsOfDeletedFiles());
    }

    @Test
    void callThatFailsHoldsNoMessage() {
        int msqid = used();
        // R36
        assertThrows(NullPointerException.class, () -> sysV.msgrcv(msqid, null, 1, 0, SysV.IPC_NOWAIT));
        assertEquals(1, sysV.msgrcv(msqid, new SysV.Message(1), 1, 0, SysV.IPC_NOWAIT));
    }
}
