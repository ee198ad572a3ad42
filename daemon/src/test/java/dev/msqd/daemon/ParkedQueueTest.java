package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slots;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is owed to those who are attached to a queue whose keeper is closed for now. */
class ParkedQueueTest {
    private static final long CLIENT = 7;

    /** Slots of the daemon: the keeper's and the log's. */
    private static final int OWN = 2;

    @TempDir
    private Path folder;
    private HotDirectory hot;
    private Keepers keepers;
    private final List<ServedQueue> queues = new ArrayList<>();

    @BeforeEach
    void open() {
        hot = HotDirectory.open(folder.resolve("hot"), folder, UUID.randomUUID());
        keepers = TestLogs.in(folder).keepers(hot, client -> true, 1);
        for (int msqid = 0; msqid < 2; msqid++) {
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

    /** R69: clients have all slots but the daemon's own, which it kept when the queue was parked. */
    @Test
    void removalReachesAFullQueue() {
        ServedQueue queue = queues.get(0);
        assertNull(queue.keeper());
        try (QueueMemory client = QueueMemory.open(hot.folder(0))) {
            queue.attached();
            Slots slots = new SegmentChain(client).slots();
            for (int i = 0; i < StateDescriptor.MAX_SLOTS - OWN; i++) {
                slots.acquire(CLIENT);
            }
            keepers.prepareRemoval(queue);
            keepers.remove(queue);
            assertTrue(client.state().removed(), "who sleeps in it is never told");
        }
    }

    /** The daemon's own endpoint is not taken by clients: it is needed to serve them. */
    @Test
    void fullQueueCanBeOpenedAgain() {
        ServedQueue queue = queues.get(0);
        try (QueueMemory client = QueueMemory.open(hot.folder(0))) {
            queue.attached();
            Slots slots = new SegmentChain(client).slots();
            for (int i = 0; i < StateDescriptor.MAX_SLOTS - OWN; i++) {
                slots.acquire(CLIENT);
            }
            assertEquals(1000L, (long) keepers.use(queue, keeper -> keeper.state().qbytes()));
        }
    }
}
