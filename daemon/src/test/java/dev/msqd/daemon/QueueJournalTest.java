package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.QueueLog;
import dev.msqd.daemon.journal.Replay;
import dev.msqd.layout.Durability;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.CommitTickets;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A queue's journal step by step, on disks that fail and fill up: what a reboot would find at each moment. */
@Timeout(60)
class QueueJournalTest {
    private static final long CLIENT = 7;
    private static final int FILE_LENGTH = 1 << 20;
    private static final long LATER_NS = 10_000_000_000L;

    @TempDir
    private Path folder;
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[1 << 16]);
    private CrampedStorage storage;
    private RegistryEntry entry;
    private SystemLimits limits;
    private QueueKeeper keeper;
    private QueueJournal journal;
    private Endpoint user;
    private int queues;
    private long nowNs = System.nanoTime();

    @BeforeEach
    void open() throws IOException {
        storage = new CrampedStorage(folder.resolve("log"));
        Path hot = Files.createDirectory(folder.resolve("hot"));
        limits = SystemLimits.serve(hot);
        limits.set(1 << 16, 0);
        make(Durability.INTERVAL, Retention.NONE);
    }

    private void make(Durability durability, Retention retention) {
        entry =
            new RegistryEntry(32_769, 42, "", 0, 0, 0, 0, 0600, 1 << 24, 1, 1, UUID.randomUUID(), 1 << 18, durability,
                retention);
        queues++;
        QueueMemory.create(hot(), entry.parameters()).close();
        keeper = new QueueKeeper(QueueMemory.open(hot()), client -> true);
        journal = newJournal();
        QueueMemory mapping = QueueMemory.open(hot());
        user = new Endpoint(new SegmentChain(mapping), CLIENT, 1, limits, state -> 6, mapping::close);
    }

    private Path hot() {
        return folder.resolve("hot").resolve("queue" + queues);
    }

    private QueueJournal newJournal() {
        return new QueueJournal(entry, keeper,
            QueueLog.open(storage, entry.uuid(), FILE_LENGTH, SystemEpochClock.INSTANCE));
    }

    @AfterEach
    void close() {
        leave();
        limits.close();
    }

    private void leave() {
        journal.abandon();
        user.close();
        keeper.close();
    }

    private void send(long number, int length) {
        bytes.putLong(0, number);
        assertTrue(user.sender().send(1, bytes, 0, length, 0));
    }

    private boolean receive() {
        return user.receiver().take(Selector.any(), 1 << 16, 0) == Receiver.TAKEN && user.receiver().consume();
    }

    /** Whatever is due, and all there was at the run before. */
    private void run() {
        for (int round = 0; round < 2; round++) {
            nowNs += LATER_NS;
            while (journal.run(nowNs)) {
                Thread.onSpinWait();
            }
        }
    }

    private List<Long> onDisk() {
        List<Long> numbers = new ArrayList<>();
        Replay replay = Replay.of(storage, entry.uuid());
        assertTrue(!replay.report().isDamaged(), () -> replay.report().damage().toString());
        replay.forEach((position, mtype, buffer, offset, length) -> numbers.add(buffer.getLong(offset)));
        return numbers;
    }

    private List<Long> queued() {
        List<Long> numbers = new ArrayList<>();
        Receiver receiver = user.receiver();
        while (receiver.browse(numbers.size()) == Receiver.TAKEN) {
            numbers.add(receiver.buffer().getLong(receiver.offset()));
        }
        return numbers;
    }

    private int faultOfQueue() {
        return keeper.state().logFault();
    }

    @Test
    void theNextDaemonClearsTheFaultOfTheOneBefore() {
        send(1, 100);
        storage.failSyncs(Errno.EIO);
        run();
        assertNotEquals(0, faultOfQueue());
        storage.failSyncs(0);
        journal.abandon(); // killed
        journal = newJournal();
        run();
        assertEquals(queued(), onDisk());
        assertEquals(0, faultOfQueue());
        send(2, 100);
    }

    /** The round is longer than a file, and there is room for a part of it. */
    @Test
    void whatWasReceivedOfARoundThatFoundNoRoomDoesNotComeBack() {
        send(0, 8);
        run();
        for (long number = 1; number <= 100; number++) {
            send(number, 1 << 14);
        }
        storage.room(FILE_LENGTH);
        run();
        assertNotEquals(0, faultOfQueue());
        while (receive()) {
            run();
        }
        storage.room(Long.MAX_VALUE);
        run();
        assertEquals(0, faultOfQueue());
        assertEquals(List.of(), queued());
        assertEquals(List.of(), onDisk());
    }

    /** What there is to write is a list of all messages each time. */
    @Test
    void aDiskThatFailsIsTriedLessAndLess() {
        send(1, 100);
        storage.failSyncs(Errno.EIO);
        int before = storage.created();
        for (int step = 0; step < 60 * 20; step++) {
            nowNs += 50_000_000;
            journal.run(nowNs);
        }
        int attempts = storage.created() - before;
        assertTrue(attempts >= 10 && attempts <= 30, attempts + " attempts in a minute");
        storage.failSyncs(0);
        run();
        assertEquals(List.of(1L), onDisk());
    }

    @Test
    void aDamagedRecordFillsNoDisk() {
        for (long number = 1; number <= 3; number++) {
            send(number, 1000);
        }
        run();
        journal.abandon();
        user.memory().segment(0).putLong(RecordDescriptor.aligned(RecordDescriptor.HEADER_LENGTH + 1000), 5);
        journal = newJournal();
        for (int attempt = 0; attempt < 20; attempt++) {
            run();
        }
        assertEquals(StateDescriptor.logFault(Errno.EIO, true), faultOfQueue());
        assertTrue(storage.list().length <= 2, () -> Arrays.toString(storage.list()));
        assertEquals(List.of(1L, 2L, 3L), onDisk());
    }

    /** It costs room, and no promise. */
    @Test
    void filesThatCannotBeDeletedAreNoFault() {
        storage.failDeletes(Errno.EIO);
        for (long number = 1; number <= 200; number++) {
            send(number, 1 << 14);
            run();
            assertTrue(receive());
            run();
        }
        assertEquals(0, faultOfQueue());
        int files = storage.list().length;
        assertTrue(files > 2);
        run();
        assertEquals(files, storage.list().length);
        storage.failDeletes(0);
        run();
        assertEquals(1, storage.list().length);
    }

    /** Only where there is merely no room the log says what it said. */
    @Test
    void aFileThatCannotBeMadePutsTheLogInDoubt() {
        send(0, 8);
        run();
        storage.failCreates(Errno.EMFILE);
        for (long number = 1; number <= 100; number++) {
            send(number, 1 << 14);
        }
        run();
        assertEquals(StateDescriptor.logFault(Errno.EMFILE, true), faultOfQueue());
        storage.failCreates(0);
        run();
        assertEquals(0, faultOfQueue());
        assertEquals(queued(), onDisk());
    }

    /** Its files from before can't be written any more, and there is no room for others. */
    @Test
    void afterARestartOnAFullDiskReceiversAreToldSo() {
        leave();
        make(Durability.SYNC, Retention.NONE);
        journal.change(Durability.INTERVAL, Retention.NONE);
        keeper.state().durability(Durability.INTERVAL);
        send(1, 100);
        run();
        journal.change(Durability.SYNC, Retention.NONE);
        keeper.state().durability(Durability.SYNC);
        journal.abandon();
        storage.room(0);
        journal = newJournal();
        run();
        assertEquals(Errno.ENOSPC,
            assertThrows(ErrnoException.class, () -> user.receiver().take(Selector.any(), 1 << 16, 0)).errno());
        storage.room(Long.MAX_VALUE);
        run();
        assertEquals(Receiver.TAKEN, user.receiver().take(Selector.any(), 1 << 16, 0));
        user.receiver().giveBack();
        assertEquals(List.of(1L), onDisk());
    }

    @Test
    void historyOfAnIdleQueueGoesWhenItIsOld() throws Exception {
        leave();
        make(Durability.INTERVAL, new Retention(1, 0));
        for (long number = 1; number <= 100; number++) {
            send(number, 1 << 14);
        }
        run();
        while (receive()) {
            // all
        }
        run();
        Thread.sleep(1500);
        run();
        assertTrue(storage.bytes() <= FILE_LENGTH, storage.bytes() + " bytes");
    }

    /** Copies of what is still queued, and deletions, are for the sake of room. */
    @Test
    void whoeverWaitsForTheDiskIsAnsweredBeforeRoomIsMade() {
        leave();
        make(Durability.SYNC, Retention.NONE);
        user.sender().unsynced(true);
        CommitTickets tickets = journal.tickets();
        List<Boolean> answered = new ArrayList<>();
        storage.beforeDelete(() -> answered.add(tickets.isServed(tickets.last())));
        for (long number = 1; number <= 3 * FILE_LENGTH / 4096; number++) {
            send(number, 8);
            tickets.draw();
            run();
        }
        assertTrue(answered.size() >= 2, answered.size() + " deletions");
        assertFalse(answered.contains(false));
        assertEquals(queued(), onDisk());
    }

    @Test
    void aQueueThatWasEmptiedLeavesOneFile() {
        for (long number = 1; number <= 500; number++) {
            send(number, 1 << 14);
        }
        run();
        while (receive()) {
            // all
        }
        run();
        run();
        assertEquals(1, storage.list().length);
    }

    /** The disk has room again, but the next attempt is not due yet. */
    @Test
    void aStopIsWorthAnotherAttempt() {
        send(1, 100);
        storage.failSyncs(Errno.EIO);
        run();
        storage.failSyncs(0);
        journal.stop();
        assertEquals(List.of(1L), onDisk());
    }

    /** What was logged before does not come back. */
    @Test
    void aStopRightAfterTheLevelWasChanged() {
        send(1, 100);
        run();
        assertEquals(List.of(1L), onDisk());
        journal.change(Durability.PROCESS, Retention.NONE);
        assertTrue(receive());
        journal.stop();
        assertEquals(List.of(), onDisk());
    }
}
