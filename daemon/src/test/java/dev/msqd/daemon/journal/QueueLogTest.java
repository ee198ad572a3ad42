package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QueueLogTest {
    private static final UUID QUEUE = new UUID(1, 2);
    private static final int PAGE = LogFileDescriptor.PAGE_LENGTH;
    private static final int FILE_LENGTH = 16 * PAGE;
    private static final long HOUR_NS = TimeUnit.HOURS.toNanos(1);

    private final PowerCutStorage storage = new PowerCutStorage(new Random(1));
    private final List<PowerCutStorage.Operation> operations = new ArrayList<>();
    private long nowMs = 1_700_000_000_000L;
    private long nowNs = -5;
    private QueueLog log = open();

    private QueueLog open() {
        storage.observe(operations::add);
        return QueueLog.open(storage, QUEUE, FILE_LENGTH, () -> nowMs, () -> nowNs);
    }

    private QueueLog begun() {
        log.beginCheckpoint(7);
        log.endCheckpoint();
        log.commit(true);
        return log;
    }

    private static DirectBuffer payload(long position, int length) {
        byte[] bytes = new byte[length];
        new Random(position).nextBytes(bytes);
        return new UnsafeBuffer(bytes);
    }

    private int send(long position, int length) {
        return log.send(position, position, payload(position, length), 0, length);
    }

    /** Positions and lengths of what a replay finds, with nothing amiss. */
    private Map<Long, Integer> found() {
        return found(storage);
    }

    private static Map<Long, Integer> found(LogStorage storage) {
        Replay replay = Replay.of(storage, QUEUE);
        assertEquals(List.of(), replay.report().damage());
        Map<Long, Integer> found = new TreeMap<>();
        replay.forEach((position, mtype, buffer, offset, length) -> {
            assertEquals(position, mtype);
            byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            assertArrayEquals(payload(position, length).byteArray(), bytes);
            found.put(position, length);
        });
        return found;
    }

    private long count(PowerCutStorage.Operation operation) {
        return operations.stream().filter(operation::equals).count();
    }

    private static void assertErrno(int errno, Executable call) {
        assertEquals(Errno.name(errno), assertThrows(ErrnoException.class, call).errnoName());
    }

    @Test
    void openMakesNothing() {
        log.close();
        assertEquals(List.of(), operations);
        assertTrue(log.hasFailed());
        assertFalse(log.hasWork());
        assertEquals(0, log.bytes());
        assertEquals(0, log.compactBelow());
        log.deleteUnneeded();
        assertEquals(List.of(), operations);
    }

    @Test
    void nothingCanBeAddedBeforeACheckpointIsBegun() {
        assertThrows(IllegalStateException.class, () -> send(1, 1));
        assertThrows(IllegalStateException.class, () -> log.consumed(1, 1));
        assertThrows(IllegalStateException.class, () -> log.endCheckpoint());
        assertThrows(IllegalStateException.class, () -> log.cleanStop());
        assertThrows(IllegalStateException.class, () -> log.commit(true));
        begun();
        assertThrows(IllegalStateException.class, () -> log.endCheckpoint());
    }

    @Test
    void badLengthsAreRefused() {
        for (int length : new int[] {0, -PAGE, QueueLog.MIN_FILE_LENGTH - PAGE, QueueLog.MIN_FILE_LENGTH + 1}) {
            assertThrows(IllegalArgumentException.class, () -> QueueLog.open(storage, QUEUE, length, () -> 0));
        }
        begun();
        UnsafeBuffer empty = new UnsafeBuffer(new byte[0]);
        assertErrno(Errno.EINVAL, () -> log.send(1, 1, empty, 0, -1));
        assertErrno(Errno.EINVAL, () -> log.send(1, 1, empty, 0, Integer.MAX_VALUE));
        assertFalse(log.hasWork());
    }

    @Test
    void commitSyncsOnceAndOnlyIfThereIsSomething() {
        begun();
        operations.clear();
        send(1, 100);
        send(2, 0);
        assertTrue(log.hasWork());
        log.commit(false);
        assertFalse(log.hasWork());
        assertEquals(0, count(PowerCutStorage.Operation.SYNC));
        log.commit(true);
        log.commit(true);
        log.commit(false);
        assertEquals(1, count(PowerCutStorage.Operation.SYNC));
        assertEquals(0, count(PowerCutStorage.Operation.SYNC_DIRECTORY));
        assertEquals(Map.of(1L, 100, 2L, 0), found());
        log.state(1, 2);
        assertFalse(log.hasWork());
    }

    @Test
    void stateGoesIntoTheNextBatch() {
        begun();
        log.state(11, 22);
        log.consumed(1, 1);
        log.commit(false);
        Replay replay = Replay.of(storage, QUEUE);
        assertEquals(11, replay.lastSend());
        assertEquals(22, replay.lastReceive());
        assertEquals(7, replay.incarnation());
    }

    @Test
    void cleanStopIsFound() {
        begun();
        log.cleanStop();
        log.commit(true);
        assertTrue(Replay.of(storage, QUEUE).cleanStop());
    }

    @Test
    void filesRollAndAreNotLongerThanAskedFor() {
        begun();
        Map<Long, Integer> files = new HashMap<>();
        for (long position = 1; position <= 400; position++) {
            files.put(position, send(position, 700));
            if (position % 5 == 0) {
                log.commit(position % 3 == 0);
            }
        }
        log.commit(true);
        assertTrue(storage.list().length > 5);
        for (int number : storage.list()) {
            assertTrue(storage.content(number).length <= FILE_LENGTH);
        }
        assertEquals(storage.bytes(), log.bytes());
        assertEquals(400L * QueueLog.entryLength(700), log.liveBytes());
        assertEquals(400, found().size());
        LogReader.read(storage, QUEUE, 0, new LogEntryHandler() {
            private int file;

            @Override
            public void onFile(int file, long incarnation, long madeMs) {
                this.file = file;
                assertEquals(nowMs, madeMs);
            }

            @Override
            public void onSend(long place, long position, long mtype, DirectBuffer buffer, int offset, int length) {
                assertEquals(files.remove(position), file);
            }

            @Override
            public void onBatch(int file, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
                long timeMs) {
                assertEquals(0, offset % PAGE);
                assertEquals(nowMs, timeMs);
            }
        });
        assertTrue(files.isEmpty());
    }

    @Test
    void longMessagesMakeLongFiles() {
        begun();
        int[] lengths = {10, FILE_LENGTH, 10, 3 * FILE_LENGTH, 5 * FILE_LENGTH, 2 << 20, 10};
        Map<Long, Integer> sent = new TreeMap<>();
        for (int length : lengths) {
            sent.put((long) sent.size(), length);
            send(sent.size() - 1, length);
        }
        log.commit(true);
        assertEquals(sent, found());
        log.consumed(0, sent.size());
        log.commit(true);
        assertEquals(Map.of(), found());
        send(100, FILE_LENGTH / 2);
        log.commit(true);
        assertEquals(Map.of(100L, FILE_LENGTH / 2), found());
    }

    /** Rule 4. */
    @Test
    void filesGoWhenABatchOnDiskSaysThatNothingNeedsThem() {
        begun();
        TreeMap<Long, Integer> files = new TreeMap<>();
        for (long position = 1; position <= 200; position++) {
            files.put(position, send(position, 1000));
        }
        log.commit(true);
        int count = storage.list().length;
        assertTrue(count > 3);
        log.deleteUnneeded();
        assertEquals(count, storage.list().length);

        log.consumed(1, 199);
        log.commit(false);
        files.headMap(200L).values().forEach(file -> log.released(file, QueueLog.entryLength(1000)));
        PowerCutStorage before = storage.copy();
        log.deleteUnneeded();
        assertEquals(1, storage.list().length, "the last file, which holds message 200");
        assertEquals(Map.of(200L, 1000), found());
        assertEquals(Map.of(200L, 1000), found(before));
        assertEquals(storage.bytes(), log.bytes());
        assertEquals(QueueLog.entryLength(1000), log.liveBytes());
        operations.clear();
        log.deleteUnneeded();
        assertEquals(List.of(), operations);
    }

    /** Rule 4: without that batch, a replay would miss the files. */
    @Test
    void filesStayWhileTheBatchIsNotOnDisk() {
        begun();
        Map<Long, Integer> files = new TreeMap<>();
        for (long position = 1; position <= 100; position++) {
            files.put(position, send(position, 1000));
        }
        log.commit(true);
        log.consumed(1, 100);
        log.commit(false);
        files.values().forEach(file -> log.released(file, QueueLog.entryLength(1000)));
        send(101, 10);
        log.commit(false); // says it
        send(102, 10); // more is to come, so nothing is synced on purpose
        int count = storage.list().length;
        log.deleteUnneeded();
        assertEquals(count, storage.list().length);
        for (int seed = 0; seed < 20; seed++) {
            assertTrue(found(storage.afterCut(new Random(seed))).size() <= 101);
        }
        log.commit(true);
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
        assertEquals(Map.of(101L, 10, 102L, 10), found());
    }

    @Test
    void checkpointMakesOlderFilesUnneeded() {
        begun();
        for (long position = 1; position <= 100; position++) {
            send(position, 1000);
        }
        log.commit(true);
        int count = storage.list().length;
        log.beginCheckpoint(8);
        send(5, 10);
        log.commit(true);
        log.deleteUnneeded();
        assertEquals(count + 1, storage.list().length);
        assertEquals(100, found().size());
        log.endCheckpoint();
        log.deleteUnneeded();
        assertEquals(count + 1, storage.list().length, "its end is not committed");
        log.commit(true);
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
        assertEquals(Map.of(5L, 10), found());
        assertEquals(QueueLog.entryLength(10), log.liveBytes());
    }

    @Test
    void anotherProcessGoesOnInANewFile() {
        begun();
        send(1, 10);
        log.commit(true);
        byte[] first = storage.content(1);
        log = open();
        assertTrue(log.hasFailed());
        assertEquals(first.length, log.bytes());
        log.beginCheckpoint(7);
        assertEquals(2, send(2, 20));
        log.commit(true);
        assertArrayEquals(first, storage.content(1));
        assertEquals(Map.of(1L, 10, 2L, 20), found());
        log.endCheckpoint();
        log.commit(true);
        log.deleteUnneeded();
        assertArrayEquals(new int[] {2}, storage.list());
        assertEquals(Map.of(2L, 20), found());
    }

    @Test
    void releasingWhatWasNotSentIsAnError() {
        begun();
        int file = send(1, 10);
        log.commit(false);
        assertThrows(IllegalStateException.class, () -> log.released(file, QueueLog.entryLength(20)));
        log.released(file, QueueLog.entryLength(10));
        assertThrows(IllegalStateException.class, () -> log.released(file, 8));
        log.released(99, 8);
        assertEquals(0, log.liveBytes());
    }

    @Test
    void fullDiskRefusesMessagesAndTakesReceptions() {
        int fileLength = 1 << 20;
        log = QueueLog.open(storage, QUEUE, fileLength, () -> nowMs);
        begun();
        Map<Long, Integer> sent = new TreeMap<>();
        long position = 0;
        storage.capacity(5L * fileLength);
        for (boolean full = false; !full;) {
            position++;
            try {
                send(position, 30_000);
                log.commit(true);
                sent.put(position, 30_000);
            } catch (ErrnoException e) {
                assertEquals(Errno.ENOSPC, e.errno());
                full = true;
            }
        }
        assertFalse(log.hasFailed());
        assertFalse(log.hasWork());
        assertEquals(sent.size() * (long) QueueLog.entryLength(30_000), log.liveBytes(),
            "what is dropped doesn't count");
        storage.capacity(storage.bytes());
        for (long received = 1; received <= 16; received++) {
            log.consumed(received, received);
            log.commit(true);
            sent.remove(received);
            long refused = position + received;
            assertErrno(Errno.ENOSPC, () -> {
                send(refused, 30_000);
                log.commit(true);
            });
            assertFalse(log.hasFailed());
        }
        assertEquals(sent, found());
        storage.capacity(Long.MAX_VALUE);
        send(position, 30_000);
        sent.put(position, 30_000);
        log.commit(true);
        assertEquals(sent, found());
    }

    /** Zeros come by many pages at once, but not where there is no room for so many. */
    @Test
    void fullDiskIsUsedToTheLastPages() {
        int without = committedWithRoomFor(0);
        for (int pages = 2; pages <= 40; pages++) {
            int committed = committedWithRoomFor(pages);
            assertTrue(committed >= without + pages / 2,
                committed + " batches with " + pages + " pages of room, " + without + " with none");
        }
    }

    /** How many batches of a page succeed; each wants as much behind it as there is before it. */
    private int committedWithRoomFor(int pages) {
        PowerCutStorage disk = new PowerCutStorage(new Random(pages));
        log = QueueLog.open(disk, QUEUE, 1 << 20, () -> nowMs);
        begun();
        send(1, 8);
        log.commit(true);
        disk.capacity(disk.bytes() + (long) pages * PAGE);
        for (int committed = 1;; committed++) {
            try {
                send(committed + 1, 8);
                log.commit(true);
            } catch (ErrnoException e) {
                assertEquals(Errno.ENOSPC, e.errno());
                assertFalse(log.hasFailed());
                return committed;
            }
        }
    }

    /** The reserve lies behind the message, beyond the length of other files. */
    @Test
    void fullDiskTakesReceptionsBehindALongMessage() {
        begun();
        send(1, 3 * FILE_LENGTH);
        log.commit(true);
        storage.capacity(storage.bytes());
        log.consumed(1, 1);
        log.commit(true);
        assertEquals(Map.of(), found());
    }

    @Test
    void fileThatCannotBeMadeLeavesNothing() {
        for (PowerCutStorage.Operation failing : new PowerCutStorage.Operation[] {PowerCutStorage.Operation.CREATE,
            PowerCutStorage.Operation.WRITE, PowerCutStorage.Operation.SYNC,
            PowerCutStorage.Operation.SYNC_DIRECTORY}) {
            storage.fail(operation -> operation == failing ? Errno.EIO : 0);
            assertErrno(Errno.EIO, () -> log.beginCheckpoint(7));
            assertTrue(log.hasFailed());
            assertEquals(0, storage.list().length);
        }
        storage.fail(operation -> 0);
        begun();
        assertTrue(Replay.of(storage, QUEUE).isComplete());
    }

    /** Or a full disk would be filled with attempts. */
    @Test
    void checkpointThatFailsLeavesNothing() {
        begun();
        send(1, 10);
        log.commit(true);
        storage.capacity(storage.bytes() + 2 * PAGE);
        log.beginCheckpoint(8);
        send(1, 10);
        log.endCheckpoint();
        assertErrno(Errno.ENOSPC, () -> log.commit(true));
        assertTrue(log.hasFailed());
        assertArrayEquals(new int[] {1}, storage.list());
        storage.capacity(Long.MAX_VALUE);
        log.beginCheckpoint(8);
        send(1, 11);
        log.endCheckpoint();
        log.commit(true);
        assertEquals(Map.of(1L, 11), found());
    }

    /** Nor does one of several files, some of it on disk. */
    @Test
    void longCheckpointThatFailsLeavesNothing() {
        begun();
        send(1, 10);
        log.commit(true);
        for (int attempt = 0; attempt < 3; attempt++) {
            log.beginCheckpoint(7);
            for (long position = 1; position <= 40; position++) {
                send(position, 3000);
                log.commit(true);
            }
            assertTrue(storage.list().length > 3);
            storage.fail(operation -> operation == PowerCutStorage.Operation.SYNC ? Errno.EIO : 0);
            log.endCheckpoint();
            assertErrno(Errno.EIO, () -> log.commit(true));
            storage.fail(operation -> 0);
            assertTrue(log.hasFailed());
            assertArrayEquals(new int[] {1}, storage.list());
            assertEquals(storage.bytes(), log.bytes());
            assertEquals(Map.of(1L, 10), found());
        }
        begun();
        send(2, 20);
        log.commit(true);
        assertEquals(Map.of(2L, 20), found());
    }

    /** Whoever begins another has given it up. */
    @Test
    void checkpointThatIsBegunAnewLeavesNothing() {
        begun();
        for (int attempt = 0; attempt < 3; attempt++) {
            log.beginCheckpoint(7);
            for (long position = 1; position <= 40; position++) {
                send(position, 3000);
                log.commit(true);
            }
        }
        begun();
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
        assertEquals(Map.of(), found());
    }

    /** While its files can't be deleted no other is begun: there is never more than one. */
    @Test
    void checkpointThatCannotBeDeletedIsTheOnlyOne() {
        begun();
        log.beginCheckpoint(7);
        for (long position = 1; position <= 40; position++) {
            send(position, 3000);
            log.commit(true);
        }
        int files = storage.list().length;
        storage.fail(operation -> operation == PowerCutStorage.Operation.DELETE ? Errno.EIO : 0);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertErrno(Errno.EIO, () -> log.beginCheckpoint(7));
            assertTrue(log.hasFailed());
            assertEquals(files, storage.list().length);
        }
        storage.fail(operation -> 0);
        log.beginCheckpoint(7);
        assertEquals(2, storage.list().length);
    }

    /** A file that failed is not written to again: the storage insists. */
    @Test
    void afterAFailedSyncOnlyANewFileWillDo() {
        begun();
        send(1, 10);
        storage.fail(operation -> operation == PowerCutStorage.Operation.SYNC ? Errno.EIO : 0);
        assertErrno(Errno.EIO, () -> log.commit(true));
        storage.fail(operation -> 0);
        assertTrue(log.hasFailed());
        assertThrows(IllegalStateException.class, () -> send(2, 10));
        assertThrows(IllegalStateException.class, () -> log.commit(true));
        log.beginCheckpoint(7);
        send(1, 10);
        send(2, 20);
        log.endCheckpoint();
        log.commit(true);
        assertEquals(Map.of(1L, 10, 2L, 20), found(storage.afterCut(new Random(3))));
    }

    @Test
    void deletesAllForGood() {
        begun();
        for (long position = 1; position <= 100; position++) {
            send(position, 1000);
        }
        log.commit(true);
        int next = storage.list()[storage.list().length - 1] + 1;
        log.deleteAll();
        assertEquals(0, storage.list().length);
        assertEquals(0, log.bytes());
        assertEquals(0, log.liveBytes());
        assertEquals(Map.of(), found(storage.afterCut(new Random(4))));
        assertTrue(log.hasFailed());
        log.deleteAll();
        log.beginCheckpoint(9);
        assertTrue(send(1, 1) >= next, "numbers are not used again");
        log.endCheckpoint();
        log.commit(true);
        assertEquals(Map.of(1L, 1), found());
    }

    /** Sends and receives until a file has been rolled. */
    private void fillAFile(long position) {
        int files = storage.list().length;
        while (storage.list().length == files) {
            int file = send(position, 5000);
            log.consumed(position, position);
            log.commit(true);
            log.released(file, QueueLog.entryLength(5000));
        }
    }

    @Test
    void historyStaysForItsTime() {
        begun();
        log.retain(new Retention(3600, 0));
        fillAFile(1);
        nowNs += HOUR_NS / 2;
        nowMs += TimeUnit.DAYS.toMillis(3650); // somebody sets the clock: no reason to delete anything
        fillAFile(2);
        log.deleteUnneeded();
        assertEquals(3, storage.list().length);
        nowMs -= TimeUnit.DAYS.toMillis(7300);
        nowNs += HOUR_NS / 2;
        log.deleteUnneeded();
        assertEquals(2, storage.list().length);
        nowNs += HOUR_NS / 2;
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
        nowNs += HOUR_NS;
        log.deleteUnneeded();
        assertEquals(1, storage.list().length, "the current one stays");
    }

    /** Whatever the clock says, by which it may have ended years ago, or not yet. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1800_000, 315_360_000_000L, -315_360_000_000L})
    void historyOfAnEarlierProcessStaysForItsTime(long aheadMs) {
        begun();
        log.retain(new Retention(3600, 0));
        fillAFile(1);
        nowMs += TimeUnit.MINUTES.toMillis(20);
        nowNs += TimeUnit.MINUTES.toNanos(20);
        fillAFile(2);
        nowMs += aheadMs;
        nowNs = 12_345;
        log = open();
        log.retain(new Retention(3600, 0));
        begun();
        nowNs += TimeUnit.MINUTES.toNanos(39);
        log.deleteUnneeded();
        assertEquals(4, storage.list().length,
            "file 1 ended when file 2 was made, 20 minutes before file 3, the newest");
        nowNs += TimeUnit.MINUTES.toNanos(1);
        log.deleteUnneeded();
        assertEquals(3, storage.list().length);
        nowNs += TimeUnit.MINUTES.toNanos(19);
        log.deleteUnneeded();
        assertEquals(3, storage.list().length);
        nowNs += TimeUnit.MINUTES.toNanos(1);
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
        assertEquals(Map.of(), found());
    }

    @Test
    void historyStaysUpToItsSize() {
        begun();
        log.retain(new Retention(0, 5L * FILE_LENGTH));
        for (int round = 1; round < 20; round++) {
            fillAFile(round);
            log.deleteUnneeded();
            assertTrue(log.bytes() <= 5L * FILE_LENGTH);
        }
        assertEquals(5, storage.list().length);
        List<Long> positions = new ArrayList<>();
        LogReader.read(storage, QUEUE, 0, new LogEntryHandler() {
            @Override
            public void onSend(long place, long position, long mtype, DirectBuffer buffer, int offset, int length) {
                positions.add(position);
            }

            @Override
            public void onDamage(int file, long offset, String what) {
                throw new AssertionError(what);
            }
        });
        assertTrue(positions.contains(17L) && positions.getFirst() <= 16, positions::toString);
        log.retain(Retention.NONE);
        log.deleteUnneeded();
        assertEquals(1, storage.list().length);
    }

    @Test
    void historyNeitherYoungNorSmallGoes() {
        begun();
        log.retain(new Retention(3600, 3L * FILE_LENGTH));
        for (int round = 1; round < 6; round++) {
            fillAFile(round);
        }
        log.deleteUnneeded();
        assertEquals(6, storage.list().length, "young enough");
        nowNs += 2 * HOUR_NS;
        log.deleteUnneeded();
        assertEquals(3, storage.list().length, "small enough");
    }

    @Test
    void smallBatchesLetTheMemoryOfABigOneGo() {
        BatchBuilder batch = new BatchBuilder();
        batch.send(1, 1, payload(1, 3 << 20), 0, 3 << 20);
        byte[] big = new byte[batch.seal(new BatchChecksum(1), 1, 0, 0, 0, 0, 0).remaining()];
        assertEquals((3 << 20) + PAGE, big.length);
        for (int count = 0; count < 12; count++) {
            batch.clear();
            batch.consumed(1, 2);
        }
        assertEquals(PAGE, batch.capacity());
        assertEquals(PAGE, batch.seal(new BatchChecksum(1), 1, 0, 0, 0, 0, 0).remaining());
    }
}
