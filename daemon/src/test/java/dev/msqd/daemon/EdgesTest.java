package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many queues, many messages, long messages. The long ones print what they took. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EdgesTest {
    private static final int LONGEST = 64 * 1024 * 1024;
    private static final int MESSAGES = 10_000_000;
    private static final int TYPES = 3;
    private static final int LENGTH = 64;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    private Path folder;
    private Path hot;
    private Daemon daemon;
    private Msqd msqd;

    @BeforeEach
    void start() throws IOException {
        hot = Files.isWritable(SHARED_MEMORY)
            ? Files.createTempDirectory(SHARED_MEMORY, "msqd-test-") : folder.resolve("memory");
        startDaemon();
        msqd = Msqd.connect(daemon.directory());
    }

    @AfterEach
    void stop() {
        msqd.close();
        daemon.close();
        IoUtil.delete(hot.toFile(), true);
    }

    private void startDaemon() {
        daemon = Daemon.start(Configuration.load(Map.of(
            "dir", folder.resolve("data").toString(), "hot.dir", hot.resolve("hot").toString(),
            "msgmnb", Integer.toString(Integer.MAX_VALUE)), null));
    }

    private static void report(String what, long startNs) {
        System.out.printf("edges: %s in %.2f s%n", what, (System.nanoTime() - startNs) / 1e9);
    }

    /** R20, R76: msgmax is raised under a queue that exists, whose segments are shorter than the message. */
    @Test
    void messageOf64MiBWhereMsgmaxAllows() {
        MessageQueue queue = msqd.open(msqd.get(Msqd.IPC_PRIVATE, 0600));
        byte[] sent = new byte[LONGEST];
        new Random(1).nextBytes(sent);
        assertEquals(Errno.EINVAL,
            assertThrows(ErrnoException.class, () -> queue.trySend(1, sent, 0, LONGEST)).errno());
        msqd.limits(LimitSettings.none().withMsgmax(LONGEST));
        byte[] received = new byte[LONGEST];
        for (int i = 0; i < 3; i++) {
            assertTrue(queue.trySend(2, sent, 0, LONGEST));
            assertTrue(queue.trySend(1, sent, 0, 1));
            assertEquals(LONGEST + 1, msqd.stat(queue.msqid()).cbytes());
            assertEquals(1, queue.tryReceive(Selector.type(1), received, 0, LONGEST));
            assertEquals(LONGEST, queue.tryReceive(Selector.any(), received, 0, LONGEST));
            assertArrayEquals(sent, received);
        }
        // R20
        msqd.limits(LimitSettings.none().withMsgmax(LONGEST - 1));
        assertThrows(ErrnoException.class, () -> queue.trySend(1, sent, 0, LONGEST));
    }

    @Test
    @Tag("long")
    void tenMillionMessagesInOneQueue() {
        MessageQueue queue = msqd.open(msqd.get(Msqd.IPC_PRIVATE, 0600));
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
        long startNs = System.nanoTime();
        for (int i = 0; i < MESSAGES; i++) {
            buffer.putLong(0, i);
            assertTrue(queue.trySend(1 + i % TYPES, buffer, 0, LENGTH));
        }
        report("10,000,000 messages sent", startNs);
        MsqidDs state = msqd.stat(queue.msqid());
        assertEquals(MESSAGES, state.qnum());
        assertEquals((long) MESSAGES * LENGTH, state.cbytes());
        startNs = System.nanoTime();
        for (int mtype = TYPES; mtype >= 1; mtype--) {
            for (int i = mtype - 1; i < MESSAGES; i += TYPES) {
                // R38
                assertEquals(LENGTH, queue.tryReceive(Selector.type(mtype), buffer, 0, LENGTH));
                assertEquals(i, buffer.getLong(0));
            }
        }
        report("10,000,000 messages received, the last of " + TYPES + " types first", startNs);
        assertEquals(0, msqd.stat(queue.msqid()).qnum());
    }

    /** More than a process may have descriptors, where the limit is usual. */
    @Test
    @Tag("long")
    void thirtyTwoThousandQueues() throws IOException {
        int count = 32_000;
        // A queue that was sent to keeps a segment of 256 KiB.
        assumeTrue(Files.getFileStore(hot.getParent()).getUsableSpace() > 10L << 30,
            "less than 10 GiB of shared memory");
        long startNs = System.nanoTime();
        List<Integer> msqids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            msqids.add(msqd.get(Msqd.IPC_PRIVATE, 0600));
        }
        report("32,000 queues made", startNs);
        // R11
        assertEquals(Errno.ENOSPC,
            assertThrows(ErrnoException.class, () -> msqd.get(Msqd.IPC_PRIVATE, 0600)).errno());
        startNs = System.nanoTime();
        assertEquals(count, msqd.list().size());
        report("32,000 queues listed", startNs);

        byte[] message = {7};
        startNs = System.nanoTime();
        for (int msqid : msqids) {
            try (MessageQueue queue = msqd.open(msqid)) {
                assertTrue(queue.trySend(1, message, 0, 1));
            }
        }
        report("a message sent to each, opening and closing it", startNs);
        assertEquals(count, msqd.info().messages());

        msqd.close();
        daemon.close();
        startNs = System.nanoTime();
        startDaemon();
        report("a daemon started on 32,000 queues", startNs);
        msqd = Msqd.connect(daemon.directory());
        startNs = System.nanoTime();
        assertEquals(count, msqd.list().stream().filter(queue -> queue.qnum() == 1).count());
        report("32,000 queues listed", startNs);
        for (int msqid : msqids) {
            try (MessageQueue queue = msqd.open(msqid)) {
                assertEquals(1, queue.tryReceive(Selector.any(), message, 0, 1));
            }
        }
        assertEquals(0, msqd.info().messages());
    }
}
