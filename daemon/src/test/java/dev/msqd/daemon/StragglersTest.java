package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How much disk a busy queue takes: one message in a hundred is never received, or history is kept. */
@Tag("alone")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class StragglersTest {
    private static final long STRAGGLER = 2;
    private static final long OTHER = 1;
    private int length = 64;
    private int oneIn = 100;
    /** So many others are always queued: with {@link #perMs} they live for 100 ms, long enough to be logged. */
    private int backlog = 5000;
    private int perMs = 50;

    @TempDir
    private Path folder;
    private TestHost host;
    private int msqid;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong stragglers = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private volatile boolean stop;

    @AfterEach
    void end() {
        host.close();
    }

    private void make(int fileLength, Durability level, Retention retention) {
        host = new TestHost(folder, "log.file.length=" + fileLength, "msgmnb=" + (256 << 20));
        host.start();
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600,
                QueueOptions.none().withDurability(level).withRetention(retention));
        }
    }

    private void send() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        long startNs = System.nanoTime();
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            while (!stop) {
                long number = sent.get();
                if (number > perMs * (System.nanoTime() - startNs) / 1_000_000) {
                    LockSupport.parkNanos(100_000);
                    continue;
                }
                boolean straggler = number % oneIn == 0;
                buffer.putLong(0, straggler ? stragglers.get() : number);
                if (number - received.get() - stragglers.get() > 2 * backlog
                    || !queue.trySend(straggler ? STRAGGLER : OTHER, buffer, 0, length)) {
                    LockSupport.parkNanos(100_000);
                    continue;
                }
                sent.incrementAndGet();
                if (straggler) {
                    stragglers.incrementAndGet();
                }
            }
        }
    }

    private void receive() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        Selector others = Selector.type(OTHER);
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            while (!stop) {
                if (sent.get() - received.get() - stragglers.get() < backlog) {
                    LockSupport.parkNanos(100_000);
                } else if (queue.tryReceive(others, buffer, 0, length) != MessageQueue.NONE) {
                    received.incrementAndGet();
                }
            }
        }
    }

    /** One who looks at the disk now and then. */
    private interface Look {
        void at(long logBytes, long liveBytes);
    }

    private void runFor(long ms, Look look) throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        stop = false;
        Thread[] threads = {Thread.ofPlatform().unstarted(this::send), Thread.ofPlatform().unstarted(this::receive)};
        for (Thread thread : threads) {
            thread.setUncaughtExceptionHandler((who, e) -> failure.set(e));
            thread.start();
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        try (Msqd msqd = host.connect()) {
            while (System.nanoTime() - end < 0 && failure.get() == null) {
                Thread.sleep(20);
                long bytes = host.logBytes(msqid);
                look.at(bytes, msqd.stat(msqid).cbytes());
            }
        } finally {
            stop = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(null, failure.get());
    }

    private void staysWithinItsBound(int fileLength, Durability level, long ms) throws Exception {
        make(fileLength, level, Retention.NONE);
        double[] most = {0};
        long[] mostBytes = {0};
        runFor(ms, (logBytes, liveBytes) -> {
            most[0] = Math.max(most[0], logBytes / (4.0 * liveBytes + 2.0 * fileLength));
            mostBytes[0] = Math.max(mostBytes[0], logBytes);
        });
        System.out.printf(
            "stragglers: %s, %,d sent, %,d stragglers (%,d bytes), %d log files made; they took up to %,d bytes, %.0f %% of "
                + "the bound%n",
            level, sent.get(), stragglers.get(), stragglers.get() * length, newestFile(), mostBytes[0], 100 * most[0]);
        assertTrue(newestFile() > 5, "too few messages to fill files: " + sent.get());
        assertTrue(most[0] <= 1, "the log took " + most[0] + " times its bound");
        emptyButForStragglers();
        host.stop();
        host.loseHotDirectory();
        host.start();
        exactlyTheStragglers();
    }

    private int newestFile() {
        int[] files = DiskStorage.at(host.log(msqid)).list();
        return files.length == 0 ? 0 : files[files.length - 1];
    }

    private void emptyButForStragglers() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            while (queue.tryReceive(Selector.type(OTHER), buffer, 0, length) != MessageQueue.NONE) {
                received.incrementAndGet();
            }
        }
        assertEquals(sent.get(), received.get() + stragglers.get());
    }

    private void exactlyTheStragglers() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            assertEquals(stragglers.get(), msqd.stat(msqid).qnum());
            for (long number = 0; number < stragglers.get(); number++) {
                assertEquals(length, queue.tryReceive(Selector.any(), buffer, 0, length));
                assertEquals(STRAGGLER, queue.receivedType());
                assertEquals(number, buffer.getLong(0));
            }
            assertEquals(0, msqd.stat(msqid).qnum());
        }
    }

    @Test
    void logOfAnIntervalQueueStaysWithinItsBound() throws Exception {
        staysWithinItsBound(1 << 20, Durability.INTERVAL, 4000);
    }

    @Test
    void logOfASyncQueueStaysWithinItsBound() throws Exception {
        make(1 << 20, Durability.SYNC, Retention.NONE);
        syncBusy(3000);
    }

    @Test
    @Tag("long")
    void logStaysWithinItsBoundForMinutes() throws Exception {
        staysWithinItsBound(16 << 20, Durability.INTERVAL,
            TimeUnit.SECONDS.toMillis(Integer.getInteger("msqd.storm.seconds", 120)));
    }

    /** A sync queue is slower: what it lacks in speed it has in messages' length. */
    private void syncBusy(long ms) throws Exception {
        length = 8 << 10;
        int kept = 0;
        long bytesSent = 0;
        byte[] payload = new byte[length];
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        long bound = 0;
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            for (int i = 0; System.nanoTime() - end < 0 || bytesSent < 4 << 20; i++) {
                boolean straggler = i % oneIn == 0;
                new UnsafeBuffer(payload).putLong(0, kept);
                queue.send(straggler ? STRAGGLER : OTHER, payload, 0, length);
                bytesSent += length;
                if (straggler) {
                    kept++;
                } else {
                    queue.receive(Selector.type(OTHER), payload, 0, length);
                }
                bound = 4L * (kept + 1) * length + (2 << 20);
                assertTrue(host.logBytes(msqid) <= bound, "the log takes " + host.logBytes(msqid) + " of " + bound);
            }
        }
        System.out.printf("stragglers: SYNC, %,d bytes sent, %d stragglers; the log took less than %,d bytes%n",
            bytesSent,
            kept, bound);
        host.stop();
        host.loseHotDirectory();
        host.start();
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            assertEquals(kept, msqd.stat(msqid).qnum());
            for (int number = 0; number < kept; number++) {
                assertEquals(length, queue.tryReceive(Selector.any(), payload, 0, length));
                assertEquals(STRAGGLER, queue.receivedType());
                assertEquals(number, new UnsafeBuffer(payload).getLong(0));
            }
        }
    }

    @Test
    void historyStaysUpToItsSize() throws Exception {
        historyStays(1 << 20, 4 << 20, 3000);
    }

    /** 200 MB/s are offered: more files become sparse in a second than the queue can be walked through for each. */
    @Test
    @Tag("long")
    void historyOfAFastQueueStaysUpToItsSize() throws Exception {
        length = 4096;
        oneIn = 1000;
        historyStays(4 << 20, 64 << 20, 20_000);
    }

    private void historyStays(int fileLength, long keep, long ms) throws Exception {
        make(fileLength, Durability.INTERVAL, new Retention(0, keep));
        long[] most = {0};
        long[] last = {0};
        runFor(ms, (logBytes, liveBytes) -> {
            most[0] = Math.max(most[0], logBytes - 4 * liveBytes);
            last[0] = logBytes;
        });
        System.out.printf(
            "history: %,d bytes sent, %d log files made; they took up to %,d bytes beside what is live, %,d at the "
                + "end%n",
            sent.get() * length, newestFile(), most[0], last[0]);
        assertTrue(sent.get() * length > 2 * keep, "too few to outgrow the history: " + sent.get());
        assertTrue(last[0] >= keep - fileLength, "history of " + last[0] + " bytes only");
        assertTrue(most[0] <= keep + 2 * fileLength, "history of " + most[0] + " bytes");
        emptyButForStragglers();
        host.stop();
        host.loseHotDirectory();
        host.start();
        exactlyTheStragglers();
    }

    @Test
    void historyGoesWhenItIsOldEnough() throws Exception {
        int fileLength = 1 << 20;
        long seconds = 4;
        make(fileLength, Durability.INTERVAL, new Retention(seconds, 0));
        runFor(1000, (logBytes, liveBytes) -> {});
        emptyButForStragglers();
        long startNs = System.nanoTime();
        while (host.logBytes(msqid) < sent.get() * length) {
            // The log comes to hold all of it, so long as it is not yet old enough.
            assertTrue(System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(seconds),
                "history of " + host.logBytes(msqid) + " bytes only, of " + sent.get() * length);
            Thread.sleep(10);
        }
        long bound = 4 * stragglers.get() * length + 2 * fileLength;
        while (host.logBytes(msqid) > bound) {
            Thread.sleep(50); // the watchdog ends what never comes
        }
        System.out.printf("history: %,d bytes sent; gone after %d ms%n", sent.get() * length,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
        host.stop();
        host.loseHotDirectory();
        host.start();
        exactlyTheStragglers();
    }
}
