package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics;
import dev.msqd.daemon.stats.CountersFile;
import dev.msqd.daemon.stats.LogProgress;
import dev.msqd.layout.CountersDescriptor;
import dev.msqd.layout.QueueCounter;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.SystemLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More queues are counted than may be open. */
class CountingTest {
    private static final int MOST = 2;
    private static final long CLIENT = 7;

    @TempDir
    private Path folder;
    private HotDirectory hot;
    private CountersFile file;
    private Counting counting;
    private Keepers keepers;
    private Statistics statistics;
    private final List<ServedQueue> queues = new ArrayList<>();

    @BeforeEach
    void open() {
        hot = HotDirectory.open(folder.resolve("hot"), folder, UUID.randomUUID());
        file = CountersFile.open(hot.path(), SystemEpochClock.INSTANCE);
        statistics = Statistics.adopt(LinuxFile.dup(file.readOnlyFd()));
        counting = new Counting(file, SystemEpochClock.INSTANCE);
        TestLogs logs = TestLogs.in(folder);
        keepers = new Keepers(logs.hotQueues(hot, client -> true), logs.journals(), logs.times(), counting, MOST);
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
        statistics.close();
        counting.close();
        hot.close();
    }

    /** As a client does that is attached. */
    private void send(int msqid) {
        try (SystemLimits system = SystemLimits.serve(hot.path());
            QueueMemory memory = QueueMemory.open(hot.folder(msqid));
            Endpoint endpoint = new Endpoint(new SegmentChain(memory), CLIENT, 1, system, state -> 6, () -> {})) {
            system.set(100, 0);
            assertTrue(endpoint.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0));
        }
    }

    private QueueStatistics counted(int msqid) {
        return statistics.snapshot().queue(msqid);
    }

    @Test
    void whatIsKnownOfAParkedQueueStays() {
        keepers.of(queues.get(0));
        send(0);
        assertEquals(0, counted(0).get(QueueCounter.SENT)); // nobody looked yet
        keepers.of(queues.get(1));
        keepers.of(queues.get(2));
        assertNull(queues.get(0).keeper());
        // The look before it was closed.
        assertEquals(1, counted(0).get(QueueCounter.SENT));
        assertEquals(8, counted(0).get(QueueCounter.BYTES));
        assertEquals(1, counted(0).get(QueueCounter.DEPTH));
        assertNull(queues.get(0).keeper());
        assertEquals(5, statistics.snapshot().queues().size());
    }

    @Test
    void whatHappensToAParkedQueueIsCountedWhenItIsOpened() {
        assertNull(queues.get(0).keeper());
        send(0);
        send(0);
        assertEquals(0, counted(0).get(QueueCounter.SENT));
        keepers.of(queues.get(0));
        assertEquals(2, counted(0).get(QueueCounter.SENT));
        assertEquals(16, counted(0).get(QueueCounter.SENT_BYTES));
    }

    @Test
    void aRemovedQueueIsNotCountedAnyMore() {
        keepers.prepareRemoval(queues.get(1));
        keepers.remove(queues.get(1));
        assertNull(counted(1));
        assertNotNull(counted(0));
        assertEquals(4, statistics.snapshot().queues().size());
    }

    /** Of five queues' counters and the daemon's own, rounded up to what is reserved at once. */
    @Test
    void theFileHasBlocksForWhatIsInUseAlone() throws Exception {
        Path path = hot.path().resolve(CountersDescriptor.FILE_NAME);
        assertEquals(CountersDescriptor.FILE_LENGTH, Files.size(path));
        Process du = new ProcessBuilder("du", "-k", path.toString()).start();
        int kib = Integer.parseInt(new String(du.getInputStream().readAllBytes()).split("\t")[0]);
        assertTrue(kib >= 40 && kib < 200, () -> kib + " KiB");
    }

    @Test
    void aFileOfAnotherVersionIsNotRead() {
        Path path = hot.path().resolve(CountersDescriptor.FILE_NAME);
        int fd = LinuxFile.open(path, LinuxFile.O_RDWR, 0);
        ByteBuffer ready = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN)
            .putLong(0, CountersDescriptor.READY + 1);
        LinuxFile.write(fd, ready, 0);
        LinuxFile.close(fd);
        ErrnoException e = assertThrows(ErrnoException.class, () -> statistics.snapshot());
        assertEquals(Errno.EIO, e.errno());
        assertTrue(e.getMessage().contains("version 2; this msqd reads version 1"), e.getMessage());
        // A daemon of this version sets it up anew, and a reader that was there reads on.
        try (CountersFile next = CountersFile.open(hot.path(), SystemEpochClock.INSTANCE)) {
            assertTrue(next.readOnlyFd() >= 0);
            assertEquals(List.of(), statistics.snapshot().queues());
        }
    }

    @Test
    void withoutAFileNothingIsCountedAndNothingFails() {
        Counting none = new Counting(null, SystemEpochClock.INSTANCE);
        keepers.of(queues.get(0));
        none.opened(queues.get(0), new LogProgress(0));
        none.parking(queues.get(0));
        none.removed(queues.get(0));
        assertEquals(HouseKeeping.NEVER, none.dueInMs(0));
        assertEquals(Errno.ENOSPC, assertThrows(ErrnoException.class, none::fd).errno());
    }
}
