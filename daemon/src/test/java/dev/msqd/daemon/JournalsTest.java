package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.Replay;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several queues whose logs are written by the same threads. */
@Timeout(60)
class JournalsTest {
    private static final int MOST = 8;
    private static final long CLIENT = 7;

    @TempDir
    private Path folder;
    private HotDirectory hot;
    private SystemLimits limits;
    private TestLogs logs;
    private Keepers keepers;
    /** Is given the folder of a queue's log before a file of it is synced. */
    private volatile Consumer<Path> whenSynced = path -> {};
    private final Consumer<Path> beforeSync = path -> whenSynced.accept(path);

    @BeforeEach
    void open() {
        hot = HotDirectory.open(folder.resolve("hot"), folder, UUID.randomUUID());
        limits = SystemLimits.serve(hot.path());
        limits.set(8192, 0);
        logs = TestLogs.in(folder, path -> new CrampedStorage(path, beforeSync));
        keepers = logs.keepers(hot, client -> true, MOST);
        logs.journals().start(limits);
    }

    @AfterEach
    void close() {
        keepers.close();
        limits.close();
        hot.close();
    }

    private ServedQueue queue(int msqid, Durability durability) {
        RegistryEntry entry = new RegistryEntry(msqid, msqid + 1, "", 0, 0, 0, 0, 0600, 1 << 20, 1, msqid,
            UUID.randomUUID(), QueueMemory.MIN_SEGMENT_LENGTH, durability, Retention.NONE);
        ServedQueue queue = new ServedQueue(entry, false);
        keepers.serve(queue, keepers.create(entry));
        return queue;
    }

    private Endpoint attach(ServedQueue queue) {
        QueueMemory memory = QueueMemory.open(hot.folder(queue.entry().msqid()));
        return new Endpoint(new SegmentChain(memory), CLIENT, 1, limits, state -> 6, memory::close);
    }

    private void awaitLogged(ServedQueue queue, int messages) throws InterruptedException {
        while (Replay.of(logs.journals().storage(queue.entry().msqid()), queue.entry().uuid()).size() != messages) {
            Thread.sleep(1);
        }
    }

    private static boolean send(Endpoint endpoint) {
        return endpoint.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0);
    }

    private void cutShort(ServedQueue queue) throws IOException {
        Path path = QueueMemory.file(hot.folder(queue.entry().msqid()));
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(0);
        }
    }

    /** Whoever may use a queue may do anything to its file. */
    @Test
    void aQueueWhoseFileIsCutShortLeavesTheOthersAlone() throws Exception {
        for (Durability durability : Durability.values()) {
            ServedQueue damaged = queue(1 + durability.ordinal(), durability);
            cutShort(damaged);
            Thread.sleep(200); // the threads that log come by
        }
        ServedQueue good = queue(0, Durability.INTERVAL);
        try (Endpoint endpoint = attach(good)) {
            assertTrue(send(endpoint));
            awaitLogged(good, 1);
            keepers.noteTimes(System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
            assertTrue(send(endpoint));
            awaitLogged(good, 2);
            assertEquals(0, keepers.of(good).state().logFault());
        }
    }

    /** Queues of level interval are written by several threads. */
    @Test
    void aQueueWhoseDiskHangsDelaysNoNeighbour() throws Exception {
        ServedQueue stuck = queue(1, Durability.INTERVAL);
        ServedQueue good = queue(2, Durability.INTERVAL);
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch goes = new CountDownLatch(1);
        whenSynced = path -> {
            if (path.endsWith("1")) {
                hangs.countDown();
                await(goes);
            }
        };
        try (Endpoint one = attach(stuck); Endpoint two = attach(good)) {
            assertTrue(send(one));
            await(hangs);
            assertTrue(send(two));
            awaitLogged(good, 1);
        } finally {
            goes.countDown();
        }
        awaitLogged(stuck, 1);
    }

    @Test
    void aSlowDiskIsNoticed() throws Exception {
        ServedQueue queue = queue(1, Durability.INTERVAL);
        assertEquals(0, logs.journals().lateRuns());
        whenSynced = path -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        try (Endpoint endpoint = attach(queue)) {
            while (logs.journals().lateRuns() == 0) {
                assertTrue(send(endpoint));
                Thread.sleep(10);
            }
        }
        assertEquals(0, keepers.of(queue).state().logFault());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsQueuedBesideAQueueWhoseFileIsCutShortIsWrittenAtTheStop() throws Exception {
        ServedQueue damaged = queue(0, Durability.PROCESS);
        ServedQueue good = queue(1, Durability.PROCESS);
        try (Endpoint endpoint = attach(good)) {
            assertTrue(send(endpoint));
        }
        cutShort(damaged);
        keepers.close();
        awaitLogged(good, 1);
    }
}
