package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.StatKind;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a queue's memory and the registry say of it after one of the two could not be changed. */
class QueuesTest {
    private static final int KEY = 5;
    private static final long QBYTES = 1000;
    private static final long MSGMNB = 4096;
    private static final Credentials OWNER = new Credentials(
        new PeerCredentials(Processes.self(), Processes.effectiveUid(), 0, new int[0]), 0);

    @TempDir
    private Path folder;
    private MemoryBlockFile disk;
    private HotDirectory hot;
    private Registry registry;
    private SystemLimits limits;
    private SystemWide system;
    private Queues queues;

    @BeforeEach
    void open() throws IOException {
        Path made = folder.resolve("registry");
        Registry.open(made).close();
        disk = new MemoryBlockFile(Files.readAllBytes(made));
        registry = Registry.open(made, disk);
        hot = HotDirectory.open(folder.resolve("hot"), folder, registry.directoryId());
        limits = SystemLimits.serve(hot.path());
        system = new SystemWide(limits, new Limits(100, MSGMNB, 10, 5));
        queues = TestLogs.in(folder).queues(registry, hot, client -> true, system,
            QueueMemory.MIN_SEGMENT_LENGTH, Durability.INTERVAL, () -> 1_700_000_000_000L);
    }

    @AfterEach
    void close() {
        queues.close();
        system.close();
        hot.close();
        registry.close();
    }

    private int create() {
        return queues.get(OWNER, KEY, Msqd.IPC_CREAT | 0600, QueueOptions.ofQbytes(QBYTES));
    }

    private static void refused(Runnable change) {
        assertEquals(Errno.EIO, assertThrows(ErrnoException.class, change::run).errno());
    }

    /** Killed in between, the next daemon would find a queue of the registry flagged as removed, and serve it no more. */
    @Test
    void queueThatTheRegistryKeepsIsNotRemoved() {
        int msqid = create();
        QueueKeeper keeper = queues.attach(OWNER, msqid).keeper();
        disk.failSyncs();
        refused(() -> queues.remove(OWNER, msqid));
        // Invariant 12: nobody is woken to EIDRM for a queue that is there.
        assertSame(keeper, queues.attach(OWNER, msqid).keeper());
        assertFalse(keeper.state().removed());
        assertTrue(Files.exists(hot.folder(msqid)));
        assertEquals(msqid, queues.get(OWNER, KEY, 0, QueueOptions.none()));
    }

    @Test
    void rulesThatAreNotOnDiskDoNotHold() {
        int msqid = create();
        disk.failSyncs();
        refused(() -> queues.set(OWNER, msqid, QueueSettings.none().withQbytes(1).withMode(0)));
        // R61, R64: a refused IPC_SET changes nothing.
        assertEquals(QBYTES, queues.attach(OWNER, msqid).keeper().state().qbytes());
        assertEquals(0600, queues.attach(OWNER, msqid).keeper().state().mode());
        assertEquals(QBYTES, queues.stat(OWNER, msqid, StatKind.STAT).qbytes());
    }

    @Test
    void durabilityAndHistoryThatAreNotOnDiskDoNotHold() {
        int msqid = create();
        disk.failSyncs();
        refused(() -> queues.set(OWNER, msqid,
            QueueSettings.none().withDurability(Durability.SYNC).withRetention(new Retention(1, 2))));
        // R61
        assertEquals(Durability.INTERVAL, queues.attach(OWNER, msqid).keeper().state().durability());
        assertEquals(Durability.INTERVAL, queues.stat(OWNER, msqid, StatKind.STAT).durability());
        assertEquals(Retention.NONE, queues.stat(OWNER, msqid, StatKind.STAT).retention());
    }

    @Test
    void durabilityAndHistoryAreTheOwnersToChange() {
        int msqid = create();
        Credentials stranger = new Credentials(
            new PeerCredentials(Processes.self(), Processes.effectiveUid() + 1, 0, new int[0]), 0);
        for (QueueSettings settings : List.of(QueueSettings.none().withDurability(Durability.PROCESS),
            QueueSettings.none().withRetention(new Retention(1, 2)))) {
            // R62
            assertEquals(Errno.EPERM,
                assertThrows(ErrnoException.class, () -> queues.set(stranger, msqid, settings)).errno());
        }
        assertEquals(Durability.INTERVAL, registry.byKey(KEY).durability());
        assertEquals(Retention.NONE, registry.byKey(KEY).retention());
        queues.set(OWNER, msqid, QueueSettings.none().withDurability(Durability.PROCESS)
            .withRetention(new Retention(1, 2)));
        assertEquals(Durability.PROCESS, registry.byKey(KEY).durability());
        assertEquals(new Retention(1, 2), registry.byKey(KEY).retention());
        assertEquals(Durability.PROCESS, queues.attach(OWNER, msqid).keeper().state().durability());
    }

    @Test
    void queueThatIsNotInTheRegistryHasNoMemory() {
        disk.failSyncs();
        refused(this::create);
        assertEquals(List.of(), hot.folders());
        assertEquals(0, queues.info().queues());
    }

    @Test
    void queueWithoutMemoryIsNotInTheRegistry() throws IOException {
        Path inTheWay = hot.unfinishedFolder(0).resolve("folder");
        Files.createDirectories(inTheWay.resolve("in it"));
        refused(this::create);
        // R2: as if it had never been asked for.
        assertNull(registry.byKey(KEY));
        assertEquals(0, registry.size());
        Files.delete(inTheWay.resolve("in it"));
        assertEquals(0, create());
    }

    /** Whoever waits for a message less on any queue need not wait for the next look. */
    @Test
    void messagesOfARemovedQueueCountNoMore() {
        int msqid = create();
        try (QueueMemory memory = QueueMemory.open(hot.folder(msqid));
            Endpoint client = new Endpoint(new SegmentChain(memory), 7, 1, limits, state -> 6, () -> {})) {
            assertTrue(client.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0));
            assertEquals(1, limits.messages());
            queues.remove(OWNER, msqid);
            // R69, R78
            assertEquals(0, limits.messages());
        }
    }

    @Test
    void memoryOfAnotherQueueOfTheSameIdIsNotServed() {
        RegistryEntry entry = new RegistryEntry(3, KEY, "", 0, 0, 0, 0, 0600, QBYTES, 1, 1, UUID.randomUUID(),
            QueueMemory.MIN_SEGMENT_LENGTH,
            Durability.INTERVAL, Retention.NONE);
        HotQueues hotQueues = TestLogs.in(folder).hotQueues(hot, client -> true);
        hotQueues.create(entry).close();
        RegistryEntry another = new RegistryEntry(3, KEY, "", 0, 0, 0, 0, 0600, QBYTES, 1, 2, UUID.randomUUID(),
            QueueMemory.MIN_SEGMENT_LENGTH,
            Durability.INTERVAL, Retention.NONE);
        refused(() -> hotQueues.open(another));
        hotQueues.open(entry).close();
    }

    @Test
    void memoryThatIsFlaggedAsRemovedIsNotServed() {
        RegistryEntry entry = new RegistryEntry(3, KEY, "", 0, 0, 0, 0, 0600, QBYTES, 1, 1, UUID.randomUUID(),
            QueueMemory.MIN_SEGMENT_LENGTH,
            Durability.INTERVAL, Retention.NONE);
        HotQueues hotQueues = TestLogs.in(folder).hotQueues(hot, client -> true);
        try (QueueKeeper keeper = hotQueues.create(entry)) {
            keeper.markRemoved();
        }
        // Invariant 12: whoever is attached got EIDRM, and that is final.
        refused(() -> hotQueues.open(entry));
    }

    @Test
    void rulesOfTheRegistryHoldAfterAKill() {
        RegistryEntry entry = new RegistryEntry(3, KEY, "", 0, 0, 0, 0, 0600, QBYTES, 1, 1, UUID.randomUUID(),
            QueueMemory.MIN_SEGMENT_LENGTH,
            Durability.INTERVAL, Retention.NONE);
        HotQueues hotQueues = TestLogs.in(folder).hotQueues(hot, client -> true);
        hotQueues.create(entry).close();
        // R64: an IPC_SET that reached the disk and not the memory.
        try (QueueKeeper keeper = hotQueues.open(entry.with(0, 0, 0644, 7, 2))) {
            assertEquals(0644, keeper.state().mode());
            assertEquals(7, keeper.state().qbytes());
            assertEquals(2, keeper.state().ctimeSeconds());
            assertEquals(Durability.INTERVAL, keeper.state().durability());
        }
        for (Durability durability : Durability.values()) {
            try (QueueKeeper keeper = hotQueues.open(entry.with(durability, Retention.NONE))) {
                assertEquals(durability, keeper.state().durability());
            }
        }
    }

    /** Made or not made: what stands in the way of its log does not leave a queue that is neither. */
    @Test
    void aQueueWhoseLogCannotBeOpenedIsTriedAgain() throws IOException {
        Path logs = Files.createFile(folder.resolve("log")); // not a directory
        assertThrows(ErrnoException.class, this::create);
        Files.delete(logs);
        int msqid = create();
        assertEquals(msqid, queues.stat(OWNER, msqid, StatKind.STAT).msqid());
        queues.remove(OWNER, msqid);
        assertThrows(ErrnoException.class, () -> queues.get(OWNER, KEY, 0600, QueueOptions.none()));
    }
}
