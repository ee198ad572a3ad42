package dev.msqd.daemon;

import static dev.msqd.client.Msqd.IPC_CREAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.layout.Durability;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The counters against what was done. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatisticsTest {
    @TempDir
    private Path folder;
    private TestHost host;

    @BeforeEach
    void open() {
        host = new TestHost(folder);
    }

    @AfterEach
    void close() {
        host.close();
    }

    /** A queue's counters, of this moment. */
    private static QueueStatistics counted(Msqd msqd, int msqid) {
        try (Statistics statistics = msqd.statistics(msqid)) {
            return statistics.snapshot().queue(msqid);
        }
    }

    private static long counted(Msqd msqd, int msqid, QueueCounter counter) {
        return counted(msqd, msqid).get(counter);
    }

    private static long counted(Msqd msqd, SystemCounter counter) {
        try (Statistics statistics = msqd.statistics()) {
            return statistics.snapshot().get(counter);
        }
    }

    private static void assertTotals(Msqd msqd, int msqid, long sent, long sentBytes, long received,
        long receivedBytes) {
        QueueStatistics queue = counted(msqd, msqid);
        assertEquals(sent, queue.get(QueueCounter.SENT));
        assertEquals(sentBytes, queue.get(QueueCounter.SENT_BYTES));
        assertEquals(received, queue.get(QueueCounter.RECEIVED));
        assertEquals(receivedBytes, queue.get(QueueCounter.RECEIVED_BYTES));
    }

    private static void send(MessageQueue queue, int count, int length) {
        for (int i = 0; i < count; i++) {
            queue.send(1, new byte[length], 0, length);
        }
    }

    private static void receive(MessageQueue queue, int count) {
        byte[] buffer = new byte[1 << 16];
        for (int i = 0; i < count; i++) {
            queue.receive(Selector.any(), buffer, 0, buffer.length);
        }
    }

    private static void await(long expected, LongSupplier actual) throws InterruptedException {
        while (actual.getAsLong() != expected) {
            Thread.sleep(10);
        }
    }

    /** Rounds have ended by then; who is quicker than they are is counted all the same. */
    @Test
    void aShortVisitToAnIdleQueueIsCounted() throws Exception {
        host.start();
        int msqid;
        Statistics statistics;
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("idle", IPC_CREAT | 0600);
            statistics = msqd.statistics();
        }
        try (statistics) {
            for (int sent = 1; sent <= 3; sent++) {
                long looked = -1;
                while (looked != statistics.snapshot().get(SystemCounter.LOOKED)) {
                    looked = statistics.snapshot().get(SystemCounter.LOOKED);
                    Thread.sleep(1500);
                }
                try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
                    send(queue, 1, 10);
                }
                await(sent, () -> statistics.snapshot().queue(msqid).get(QueueCounter.DEPTH));
            }
        }
    }

    @Test
    void depthBytesAndTotalsAreExact() {
        host.start();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("orders", IPC_CREAT | 0600, 1_000_000);
            assertTotals(msqd, msqid, 0, 0, 0, 0);
            try (MessageQueue queue = msqd.open(msqid)) {
                send(queue, 7, 100);
                send(queue, 1, 0);
                receive(queue, 3);
                assertTotals(msqd, msqid, 8, 700, 3, 300);
                QueueStatistics counted = counted(msqd, msqid);
                assertEquals(5, counted.get(QueueCounter.DEPTH));
                assertEquals(400, counted.get(QueueCounter.BYTES));
                assertEquals(1_000_000, counted.get(QueueCounter.LIMIT));
                assertEquals("orders", counted.name());
                assertEquals(msqd.stat(msqid).key(), counted.key());
                receive(queue, 5);
                assertTotals(msqd, msqid, 8, 700, 8, 700);
                assertEquals(0, counted(msqd, msqid, QueueCounter.DEPTH));
            }
            msqd.set(msqid, QueueSettings.none().withQbytes(500));
            assertEquals(500, counted(msqd, msqid, QueueCounter.LIMIT));
        }
    }

    /** The running total of a queue wraps at 2^34 bytes; its counters don't. */
    @Test
    @Tag("long")
    void totalsGoOnWhereTheLogsOwnWrap() {
        host.start();
        int length = 32 << 20;
        try (Msqd msqd = host.connect()) {
            msqd.limits(LimitSettings.none().withMsgmax(length));
            int msqid = msqd.get("big", IPC_CREAT | 0600);
            byte[] buffer = new byte[length];
            try (MessageQueue queue = msqd.open(msqid)) {
                for (int i = 0; i < 600; i++) {
                    queue.send(1, buffer, 0, length);
                    queue.receive(Selector.any(), buffer, 0, length);
                    if (i % 100 == 99) {
                        assertEquals((i + 1L) * length, counted(msqd, msqid, QueueCounter.SENT_BYTES));
                    }
                }
            }
            assertTotals(msqd, msqid, 600, 600L * length, 600, 600L * length);
        }
    }

    @Test
    void roundsCountWhatNobodyAsksFor() throws Exception {
        host.start();
        try (Msqd msqd = host.connect(); Statistics statistics = msqd.statistics()) {
            int msqid = msqd.get("quiet", IPC_CREAT | 0600);
            try (MessageQueue queue = msqd.open(msqid)) {
                send(queue, 5, 10);
                await(5, () -> statistics.snapshot().queue(msqid).get(QueueCounter.SENT));
                assertEquals(1, statistics.snapshot().get(SystemCounter.CLIENTS));
                assertEquals(1, statistics.snapshot().get(SystemCounter.QUEUES));
                receive(queue, 2);
            }
            // Nobody is attached any more: the last look has it all.
            await(2, () -> statistics.snapshot().queue(msqid).get(QueueCounter.RECEIVED));
            msqd.remove(msqid);
            assertNull(statistics.snapshot().queue(msqid));
            await(0, () -> statistics.snapshot().get(SystemCounter.QUEUES));
        }
    }

    @Test
    void waitersAreCounted() throws Exception {
        host.start();
        try (Msqd msqd = host.connect()) {
            int empty = msqd.get("empty", IPC_CREAT | 0600);
            int full = msqd.get("full", IPC_CREAT | 0600, 10);
            Thread receiver = Thread.ofPlatform().start(() -> {
                try (MessageQueue queue = msqd.open(empty)) {
                    receive(queue, 1);
                }
            });
            Thread sender = Thread.ofPlatform().start(() -> {
                try (MessageQueue queue = msqd.open(full)) {
                    send(queue, 2, 8);
                }
            });
            await(1, () -> counted(msqd, empty, QueueCounter.WAITING_RECEIVERS));
            await(1, () -> counted(msqd, full, QueueCounter.WAITING_SENDERS));
            assertEquals(0, counted(msqd, empty, QueueCounter.WAITING_SENDERS));
            assertEquals(0, counted(msqd, full, QueueCounter.WAITING_RECEIVERS));
            try (MessageQueue one = msqd.open(empty); MessageQueue other = msqd.open(full)) {
                send(one, 1, 0);
                receive(other, 2);
            }
            receiver.join();
            sender.join();
            assertEquals(0, counted(msqd, empty, QueueCounter.WAITING_RECEIVERS));
            assertEquals(0, counted(msqd, full, QueueCounter.WAITING_SENDERS));
        }
    }

    @Test
    void theOldestMessagesAgeIsBetweenTheLooksAroundItsSend() throws Exception {
        host.start();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("old", IPC_CREAT | 0600);
            assertEquals(0, counted(msqd, msqid).ageMs(System.currentTimeMillis()));
            try (MessageQueue queue = msqd.open(msqid)) {
                long before = System.currentTimeMillis();
                send(queue, 1, 1);
                long oldest = counted(msqd, msqid, QueueCounter.OLDEST);
                assertTrue(oldest >= before && oldest <= System.currentTimeMillis(), () -> oldest + " after " + before);
                Thread.sleep(20);
                long second = System.currentTimeMillis();
                send(queue, 1, 1);
                assertEquals(oldest, counted(msqd, msqid, QueueCounter.OLDEST));
                receive(queue, 1);
                long younger = counted(msqd, msqid, QueueCounter.OLDEST);
                assertTrue(younger >= second && younger <= System.currentTimeMillis(),
                    () -> younger + " after " + second);
                receive(queue, 1);
                assertEquals(0, counted(msqd, msqid, QueueCounter.OLDEST));
            }
        }
    }

    /** It waits behind another type that is received: the walk to it passes what was received, and nothing is taken from its age. */
    @Test
    void theOldestMessageMayHaveYoungerOnesReceivedBeforeIt() {
        host.start();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("types", IPC_CREAT | 0600);
            try (MessageQueue queue = msqd.open(msqid)) {
                queue.send(9, new byte[1], 0, 1);
                long oldest = counted(msqd, msqid, QueueCounter.OLDEST);
                byte[] buffer = new byte[1];
                for (int i = 0; i < 50_000; i++) {
                    queue.send(1, buffer, 0, 1);
                    queue.receive(Selector.type(1), buffer, 0, 1);
                }
                assertEquals(oldest, counted(msqd, msqid, QueueCounter.OLDEST));
                assertTotals(msqd, msqid, 50_001, 50_001, 50_000, 50_000);
            }
        }
    }

    @Test
    void totalsGoOnWithTheNextDaemon() throws Exception {
        host.startProcess();
        int msqid;
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("lasting", IPC_CREAT | 0600);
            try (MessageQueue queue = msqd.open(msqid)) {
                send(queue, 10, 10);
                receive(queue, 4);
                long oldest = counted(msqd, msqid, QueueCounter.OLDEST);
                long syncs = counted(msqd, msqid, QueueCounter.SYNCS);
                host.kill();
                send(queue, 5, 10); // while nobody counts
                receive(queue, 3);
                host.startProcess();
                assertTotals(msqd, msqid, 15, 150, 7, 70);
                assertTrue(counted(msqd, msqid, QueueCounter.SYNCS) >= syncs);
                assertTrue(counted(msqd, msqid, QueueCounter.OLDEST) >= oldest);
            }
            host.stop();
            host.startProcess();
            assertTotals(msqd, msqid, 15, 150, 7, 70);
            long oldest = counted(msqd, msqid, QueueCounter.OLDEST);
            host.kill();
            host.startProcess();
            // Nobody received anything in between, so the message is known to be the same.
            assertEquals(oldest, counted(msqd, msqid, QueueCounter.OLDEST));
        }
    }

    /** What a reboot leaves was sent before: it is queued, and counts neither as sent nor as received until it is. */
    @Test
    void countingBeginsAnewAfterAReboot() throws Exception {
        host.startProcess();
        int msqid;
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("rebooted", IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.SYNC));
            try (MessageQueue queue = msqd.open(msqid)) {
                send(queue, 10, 10);
                receive(queue, 4);
            }
        }
        host.kill();
        host.loseHotDirectory();
        host.startProcess();
        try (Msqd msqd = host.connect()) {
            assertTotals(msqd, msqid, 0, 0, 0, 0);
            assertEquals(6, counted(msqd, msqid, QueueCounter.DEPTH));
            try (MessageQueue queue = msqd.open(msqid)) {
                receive(queue, 1);
                send(queue, 2, 1);
            }
            assertTotals(msqd, msqid, 2, 2, 1, 10);
        }
    }

    @Test
    void deathsAndRepairsAreCounted() throws Exception {
        host.start();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("left", IPC_CREAT | 0600);
            try (MessageQueue queue = msqd.open(msqid)) {
                send(queue, 1, 1);
            }
            try (TestProcess client = TestProcess.start(ClientMain.class, host.data().toString(), "take", "left")) {
                assertEquals("taken 1", client.line());
                client.kill();
            }
            await(1, () -> counted(msqd, SystemCounter.DEATHS));
            assertEquals(1, counted(msqd, msqid, QueueCounter.REPAIRS));
            assertEquals(1, counted(msqd, SystemCounter.REPAIRS));
            assertEquals(1, counted(msqd, msqid, QueueCounter.DEPTH));
        }
    }

    @Test
    void logSyncsAreCountedAndLagEnds() throws Exception {
        host.start();
        try (Msqd msqd = host.connect()) {
            int sync = msqd.get("sync", IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.SYNC));
            int process = msqd.get("process", IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.PROCESS));
            int interval =
                msqd.get("interval", IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.INTERVAL));
            for (int msqid : List.of(sync, process, interval)) {
                try (MessageQueue queue = msqd.open(msqid)) {
                    send(queue, 3, 10);
                }
            }
            assertTrue(counted(msqd, sync, QueueCounter.SYNCS) >= 3);
            await(0, () -> counted(msqd, sync, QueueCounter.LOG_LAG));
            await(0, () -> counted(msqd, interval, QueueCounter.LOG_LAG));
            assertTrue(counted(msqd, interval, QueueCounter.SYNCS) >= 1);
            assertEquals(0, counted(msqd, process, QueueCounter.LOG_LAG));
            assertEquals(0, counted(msqd, process, QueueCounter.SYNCS));
            assertEquals(counted(msqd, sync, QueueCounter.SYNCS) + counted(msqd, interval, QueueCounter.SYNCS),
                counted(msqd, SystemCounter.SYNCS));
        }
    }

    @Test
    void noQueueIsAnError() {
        host.start();
        try (Msqd msqd = host.connect()) {
            assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, () -> msqd.statistics(77)).errno());
        }
    }
}
