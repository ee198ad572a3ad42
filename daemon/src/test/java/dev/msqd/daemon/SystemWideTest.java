package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.control.Limits;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.AbstractCollection;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon counts the messages on all queues while clients go on (R78). */
class SystemWideTest {
    private static final long CLIENT = 7;
    private static final long NOW_NS = 1;

    @TempDir
    private Path folder;
    private HotDirectory hot;
    private Keepers keepers;
    private SystemLimits limits;
    private SystemWide system;
    private ServedQueue queue;
    private QueueMemory memory;
    private Endpoint client;

    @BeforeEach
    void open() {
        hot = HotDirectory.open(folder.resolve("hot"), folder, UUID.randomUUID());
        keepers = TestLogs.in(folder).keepers(hot, id -> true, 1);
        limits = SystemLimits.serve(hot.path());
        system = new SystemWide(limits, new Limits(100, 1000, 10, 10));
        queue = make(0);
        memory = QueueMemory.open(hot.folder(0));
        client = new Endpoint(new SegmentChain(memory), CLIENT, 1, limits, state -> 6, () -> {});
    }

    @AfterEach
    void close() {
        client.close();
        memory.close();
        keepers.close();
        system.close();
        hot.close();
    }

    private ServedQueue make(int msqid) {
        RegistryEntry entry = TestLogs.entry(msqid);
        ServedQueue made = new ServedQueue(entry, false);
        keepers.serve(made, keepers.create(entry));
        return made;
    }

    private void send() {
        assertTrue(client.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0));
    }

    private void count() {
        system.count(List.of(queue), keepers, NOW_NS);
    }

    /** As a death leaves it: messages are counted that are not there. */
    private void miscount() {
        assertTrue(limits.correct(limits.countWord(), 5));
    }

    /** The queues, in a walk over which something happens at the end. */
    private AbstractCollection<ServedQueue> then(Runnable atTheEnd) {
        return new AbstractCollection<>() {
            @Override
            public Iterator<ServedQueue> iterator() {
                Iterator<ServedQueue> queues = List.of(queue).iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        if (!queues.hasNext()) {
                            atTheEnd.run();
                        }
                        return queues.hasNext();
                    }

                    @Override
                    public ServedQueue next() {
                        return queues.next();
                    }
                };
            }

            @Override
            public int size() {
                return 1;
            }
        };
    }

    @Test
    void countsWhatIsThere() {
        send();
        miscount();
        count();
        assertEquals(1, limits.messages());
    }

    @Test
    void messageSentWhileItCountedIsNotForgotten() {
        miscount();
        system.count(then(this::send), keepers, NOW_NS);
        // What was counted is old: the clients' own number holds.
        assertEquals(6, limits.messages());
        // And it is tried again, however soon.
        count();
        assertEquals(1, limits.messages());
    }

    @Test
    void triesAgainAfterASendThatWasUnderWay() {
        miscount();
        // A sender between its count and its claim.
        Slot slow = new SegmentChain(memory).slots().acquire(CLIENT);
        slow.counting(true);
        count();
        // It may have counted, or not: never less than there is.
        assertEquals(1, limits.messages());
        slow.counting(false);
        // However soon.
        count();
        assertEquals(0, limits.messages());
    }

    @Test
    void messagesOfParkedQueuesCount() {
        send();
        keepers.of(make(1));
        assertEquals(1, queue.described().qnum());
        miscount();
        count();
        assertEquals(1, limits.messages());
        // Receiving goes on from there.
        assertEquals(1, client.receiver().take(Selector.any(), 8, 0));
        assertTrue(client.receiver().consume());
        assertEquals(0, limits.messages());
    }
}
