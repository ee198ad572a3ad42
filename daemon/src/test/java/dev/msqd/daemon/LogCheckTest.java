package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.daemon.journal.QueueLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class LogCheckTest {
    private static final int FILE_LENGTH = 64 * 1024;
    private static final int PAGE = 4096;
    private static final int MESSAGE_LENGTH = 1000;
    private static final UUID QUEUE = UUID.randomUUID();

    @TempDir
    private Path folder;
    private DiskStorage storage;
    private QueueLog log;
    private long sent;

    @BeforeEach
    void open() {
        storage = DiskStorage.at(folder.resolve("log"));
        log = QueueLog.open(storage, QUEUE, FILE_LENGTH, SystemEpochClock.INSTANCE);
        log.beginCheckpoint(1);
        log.endCheckpoint();
        log.commit(true);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private void send() {
        sent++;
        log.send(sent, 1, new UnsafeBuffer(new byte[MESSAGE_LENGTH]), 0, MESSAGE_LENGTH);
        log.commit(true);
    }

    private LogCheck check() {
        return LogCheck.of(storage, QUEUE);
    }

    private Path newestFile() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("log"))) {
            return files.sorted().toList().getLast();
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(offset);
            int old = bytes.read();
            bytes.seek(offset);
            bytes.write(~old);
        }
    }

    @Test
    void countsWhatThereIs() {
        for (int i = 0; i < 100; i++) {
            send();
        }
        log.consumed(1, 10);
        log.cleanStop();
        log.commit(true);
        LogCheck check = check();
        assertFalse(check.isDamaged());
        assertTrue(check.complete());
        assertTrue(check.cleanStop());
        assertEquals(90, check.messages());
        assertEquals(90 * MESSAGE_LENGTH, check.messageBytes());
        assertEquals(102, check.batches());
        assertEquals(storage.list().length, check.files());
        assertTrue(check.files() > 1);
        assertEquals(log.bytes(), check.bytes());
        assertEquals("", check.tornTail());
        assertEquals(List.of(), check.unfinished());
    }

    @Test
    void nothingIsWell() {
        log.deleteAll();
        LogCheck check = check();
        assertEquals(new LogCheck(0, 0, 0, false, false, 0, 0, "", List.of(), List.of(), List.of()), check);
    }

    @Test
    void aTornEndIsWell() throws IOException {
        send();
        send();
        log.close();
        // The checkpoint's batch is at page 1, then one a page.
        flip(newestFile(), 3 * PAGE + 100);
        LogCheck check = check();
        assertFalse(check.isDamaged());
        assertEquals("file 1, offset " + 3 * PAGE, check.tornTail());
        assertEquals(1, check.messages());
    }

    @Test
    void damageIsToldWithFileAndOffsetAndRefusesRecovery() throws IOException {
        send();
        send();
        send();
        log.close();
        flip(newestFile(), 3 * PAGE + 100);
        LogCheck check = check();
        assertTrue(check.isDamaged());
        assertEquals(1, check.damage().size());
        assertTrue(check.damage().getFirst().startsWith("file 1, offset " + 3 * PAGE + ": "),
            check.damage().toString());
        assertEquals(1, check.refusal().size());
        assertEquals(check.messages() * MESSAGE_LENGTH, check.messageBytes());
    }

    @Test
    void damagedHistoryIsInNobodysWay() throws IOException {
        log.retain(new Retention(0, Long.MAX_VALUE));
        send();
        send();
        send();
        log.beginCheckpoint(1);
        log.endCheckpoint();
        log.commit(true);
        log.deleteUnneeded();
        log.close();
        assertEquals(2, storage.list().length);
        flip(folder.resolve("log").resolve("0000000001.log"), 3 * PAGE + 100);
        LogCheck check = check();
        assertTrue(check.isDamaged());
        assertEquals(1, check.damage().size());
        assertEquals(List.of(), check.refusal());
        assertTrue(check.complete());
    }

    /** A daemon that writes, goes on in new files and deletes old ones is not taken for damage. */
    @Test
    void aLogThatIsBeingWrittenIsWell() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            long consumed = 0;
            int[] fileOf = new int[64];
            while (!done.get()) {
                sent++;
                fileOf[(int) (sent % fileOf.length)] =
                    log.send(sent, 1, new UnsafeBuffer(new byte[MESSAGE_LENGTH]), 0, MESSAGE_LENGTH);
                if (sent - consumed > 20) {
                    consumed++;
                    log.consumed(consumed, consumed);
                    log.released(fileOf[(int) (consumed % fileOf.length)], QueueLog.entryLength(MESSAGE_LENGTH));
                }
                log.commit(sent % 64 == 0);
                log.deleteUnneeded();
            }
        }, Thread.ofPlatform().daemon()::start);
        try {
            for (int i = 0; i < 200 || storage.list()[0] == 1; i++) {
                LogCheck check = check();
                assertEquals(List.of(), check.damage());
                assertEquals(List.of(), check.refusal());
                assertTrue(check.complete());
            }
        } finally {
            done.set(true);
        }
        writer.get();
        assertTrue(storage.list()[0] > 1, "files were deleted meanwhile");
        log.commit(true);
        assertEquals(20, check().messages());
    }
}
