package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that stays while the directories that its daemon served are replaced. */
@Timeout(60)
class LostHotDirectoryTest {
    private static final byte[] BYTE = {1};

    @TempDir
    private Path folder;

    private Daemon start(int msgtql) {
        return Daemon.start(Configuration.load(Map.of("dir", folder.resolve("data").toString(), "hot.dir",
            folder.resolve("hot").toString(), "msgtql", Integer.toString(msgtql)), Map.of(), null));
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    /** What a new daemon says holds for a client that the new hot directory takes for new, or the client is told to connect anew. */
    @Test
    void hotDirectoryIsDeletedWhileNoDaemonRuns() throws IOException {
        Daemon before = start(0);
        try (Msqd msqd = Msqd.connect(folder.resolve("data"))) {
            before.close();
            delete(folder.resolve("hot"));
            try (Daemon after = start(1)) {
                assertLimitedOrTold(after, msqd);
            }
        }
    }

    /** The data directory is replaced; its successor takes the hot directory over, with the clients. */
    @Test
    void dataDirectoryIsReplacedWhileNoDaemonRuns() throws IOException {
        Daemon before = start(0);
        try (Msqd msqd = Msqd.connect(folder.resolve("data"))) {
            before.close();
            delete(folder.resolve("data"));
            try (Daemon after = start(1)) {
                assertLimitedOrTold(after, msqd);
            }
        }
    }

    private static void assertLimitedOrTold(Daemon daemon, Msqd msqd) {
        assertTrue(daemon.directory().endsWith("data"));
        int msqid = msqd.get("q", Msqd.IPC_CREAT | 0600);
        assertEquals(1, msqd.limits().msgtql());
        try (MessageQueue queue = msqd.open(msqid)) {
            assertTrue(queue.trySend(1, BYTE, 0, 1));
            // R78
            assertFalse(queue.trySend(1, BYTE, 0, 1), "two messages with a msgtql of 1");
        } catch (ErrnoException e) {
            assertEquals(Errno.EIDRM, e.errno());
        }
    }
}
