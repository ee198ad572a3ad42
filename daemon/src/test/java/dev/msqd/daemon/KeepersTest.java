package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.SystemLimits;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** More queues than keepers may be open. */
class KeepersTest {
    private static final int MOST = 2;
    private static final long CLIENT = 7;

    @TempDir
    private Path folder;
    private HotDirectory hot;
    private Keepers keepers;
    private final List<ServedQueue> queues = new ArrayList<>();

    @BeforeEach
    void open() {
        hot = HotDirectory.open(folder.resolve("hot"), folder, UUID.randomUUID());
        keepers = TestLogs.in(folder).keepers(hot, client -> true, MOST);
        for (int msqid = 0; msqid < 5; msqid++) {
            RegistryEntry entry = TestLogs.entry(msqid);
            ServedQueue queue = new ServedQueue(entry, false);
            keepers.serve(queue, keepers.create(entry));
            queues.add(queue);
        }
    }

    @AfterEach
    void close() {
        keepers.close();
        hot.close();
    }

    /** As a client does that is attached. */
    private void send(int index) {
        try (SystemLimits system = SystemLimits.serve(hot.path());
            QueueMemory memory = QueueMemory.open(hot.folder(index));
            Endpoint endpoint = new Endpoint(new SegmentChain(memory), CLIENT, 1, system, state -> 6, () -> {})) {
            system.set(100, 0);
            assertTrue(endpoint.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0));
        }
    }

    @Test
    void theOldestAreParkedAndOpenedAgain() {
        assertEquals(MOST, keepers.size());
        assertNull(queues.get(0).keeper());
        assertNotNull(queues.get(4).keeper());
        assertEquals("", queues.get(0).fault());
        assertNotNull(queues.get(0).described());
        assertEquals(0, keepers.of(queues.get(0)).state().msqid());
        assertNull(queues.get(0).described());
        assertEquals(MOST, keepers.size());
        assertNull(queues.get(3).keeper());
    }

    @Test
    void parkedQueueIsKnownWhileNobodyIsAttached() {
        keepers.of(queues.get(0));
        send(0);
        keepers.of(queues.get(1));
        keepers.of(queues.get(2));
        assertNull(queues.get(0).keeper());
        assertEquals(1, queues.get(0).described().qnum());
        assertEquals(8, queues.get(0).described().cbytes());
        queues.get(0).attached();
        assertNull(queues.get(0).described());
        send(0);
        assertEquals(2, keepers.of(queues.get(0)).depth().messages());
    }

    @Test
    void parkedQueueTakesNoMemory() {
        QueueMemory memory = queues.get(4).keeper().memory();
        keepers.of(queues.get(0));
        keepers.of(queues.get(1));
        assertNull(queues.get(4).keeper());
        assertTrue(memory.isClosed());
    }

    /** Who was attached before this daemon began may send at any moment. */
    @Test
    void parkedQueueThatMayBeInUseIsNotKnown() {
        ServedQueue queue = new ServedQueue(queues.get(0).entry(), true);
        keepers.of(queue);
        keepers.of(queues.get(1));
        keepers.of(queues.get(2));
        assertNull(queue.keeper());
        assertNull(queue.described());
    }

    @Test
    void whoIsAttachedToStaysLonger() {
        queues.get(3).attached();
        keepers.of(queues.get(0));
        keepers.of(queues.get(1));
        assertNotNull(queues.get(3).keeper());
        queues.get(1).attached();
        // Both that are open are attached to, and would not be logged while they are away.
        ErrnoException e = assertThrows(ErrnoException.class, () -> keepers.of(queues.get(2)));
        assertEquals(Errno.ENFILE, e.errno());
        assertTrue(e.getMessage().contains("descriptors for " + MOST), e.getMessage());
        assertEquals("", queues.get(2).fault(), "it is none of the queue's");
        assertErrno(Errno.ENFILE, () -> keepers.create(TestLogs.entry(9)));
        queues.get(3).detached();
        keepers.of(queues.get(2));
        assertEquals(MOST, keepers.size());
        assertNull(queues.get(3).keeper());
        assertNotNull(queues.get(1).keeper());
    }

    /** It may change while it is away. */
    @Test
    void whoIsAttachedToGoesIfItHasNoLog() {
        ServedQueue queue = queues.get(3);
        queue.entry(queue.entry().with(Durability.PROCESS, Retention.NONE));
        keepers.changed(queue);
        queue.attached();
        queues.get(4).attached();
        keepers.of(queues.get(2));
        assertNull(queue.keeper());
        assertNull(queue.described());
        assertNotNull(queues.get(4).keeper());
    }

    /** Who was attached before this daemon began must not wait for a log that nobody writes. */
    @Test
    void whoMayBeAttachedToAParkedQueueIsToldThatItIsNotLogged() {
        RegistryEntry entry = queues.get(0).entry();
        ServedQueue queue = new ServedQueue(entry, true);
        keepers.of(queue);
        keepers.of(queues.get(1));
        keepers.of(queues.get(2));
        assertNull(queue.keeper());
        assertErrno(Errno.ENFILE, () -> send(0));
        keepers.of(queue);
        send(0);
    }

    private static void assertErrno(int errno, Executable call) {
        assertEquals(Errno.name(errno), assertThrows(ErrnoException.class, call).errnoName());
    }

    @Test
    void queueThatIsDamagedWhileParkedIsAtFaultAndTheOthersAreNot() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(QueueMemory.file(hot.folder(0)).toFile(), "rw")) {
            file.setLength(100);
        }
        // EIO names the file.
        ErrnoException e = assertThrows(ErrnoException.class, () -> keepers.of(queues.get(0)));
        assertEquals(Errno.EIO, e.errno());
        assertTrue(queues.get(0).fault().contains(hot.folder(0).toString()), queues.get(0).fault());
        assertEquals(1, keepers.of(queues.get(1)).state().msqid());
    }

    @Test
    void parkedQueueIsRemoved() {
        keepers.prepareRemoval(queues.get(0));
        keepers.remove(queues.get(0));
        assertTrue(Files.notExists(hot.folder(0)));
        assertTrue(keepers.size() <= MOST);
    }
}
