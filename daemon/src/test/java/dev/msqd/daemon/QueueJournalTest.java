package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import dev.msqd.log.Cursor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
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

    private void makeSync(int messages) {
        leave();
        make(Durability.SYNC, Retention.NONE);
        for (long number = 1; number <= messages; number++) {
            long next = number;
            whileTheJournalRuns(() -> send(next, 100));
        }
    }

    /** Calls of a sync queue wait for the journal. */
    private void whileTheJournalRuns(Runnable call) {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                call.run();
            } catch (Throwable e) {
                failure.set(e);
            } finally {
                done.set(true);
            }
        });
        while (!done.get()) {
            run();
        }
        Threads.join(caller);
        if (failure.get() instanceof RuntimeException e) {
            throw e;
        }
        assertNull(failure.get());
    }

    private void receiveSynced() {
        whileTheJournalRuns(() -> assertTrue(receive()));
    }

    private void restart() {
        journal.abandon();
        journal = newJournal();
        run();
    }

    /** Its files from before can't be written any more, and there is no room for others: what is received needs none. */
    @Test
    void afterARestartOnAFullDiskReceivingGoesOn() {
        makeSync(10);
        storage.room(0);
        restart();
        assertEquals(StateDescriptor.logFault(Errno.ENOSPC, false), faultOfQueue());
        for (long first = 2; first <= 6; first++) {
            receiveSynced();
            assertEquals(LongStream.rangeClosed(first, 10).boxed().toList(), onDisk());
        }
        restart();
        receiveSynced();
        assertEquals(List.of(7L, 8L, 9L, 10L), onDisk());
        assertEquals(Errno.ENOSPC, assertThrows(ErrnoException.class, () -> send(11, 100)).errno());

        storage.room(Long.MAX_VALUE);
        run();
        assertEquals(0, faultOfQueue());
        whileTheJournalRuns(() -> send(11, 100));
        receiveSynced();
        assertEquals(List.of(8L, 9L, 10L, 11L), onDisk());
        restart();
        assertEquals(List.of(8L, 9L, 10L, 11L), onDisk());
        assertEquals(queued(), onDisk());
    }

    /** More ends than the log has a reserve for, each with a sync of its own. */
    @Test
    void aFullDiskCanBeEmptied() {
        int messages = 60;
        makeSync(messages);
        storage.room(0);
        long sent = messages;
        while (faultOfQueue() == 0) {
            long next = ++sent;
            try {
                whileTheJournalRuns(() -> send(next, 1 << 15));
            } catch (ErrnoException e) {
                assertEquals(Errno.ENOSPC, e.errno());
            }
        }
        long refused = sent; // nobody promised it
        for (long first = 2; first < refused; first++) {
            receiveSynced();
            List<Long> onDisk = onDisk();
            onDisk.remove(refused);
            assertEquals(LongStream.range(first, refused).boxed().toList(), onDisk);
        }
        assertEquals(Errno.ENOSPC, assertThrows(ErrnoException.class, () -> send(0, 100)).errno());
        receiveSynced();
        receiveSynced();
        run();
        assertEquals(0, faultOfQueue(), "what was in its files made room");
        whileTheJournalRuns(() -> send(0, 100));
        assertEquals(List.of(0L), onDisk());
    }

    /** Its end is noted, its taker was told: what comes on disk before it is received must not bring it back. */
    @Test
    void whatIsAboutToBeReceivedWhenThereIsRoomAgainDoesNotComeBack() {
        makeSync(3);
        storage.room(0);
        restart();
        assertEquals(Receiver.TAKEN, user.receiver().take(Selector.any(), 1 << 16, 0));
        AtomicBoolean consumed = new AtomicBoolean();
        Thread receiver = Thread.ofPlatform().start(() -> consumed.set(user.receiver().consume()));
        while (onDisk().contains(1L)) {
            run();
        }
        storage.room(Long.MAX_VALUE);
        run();
        Threads.join(receiver);
        assertTrue(consumed.get());
        assertEquals(List.of(2L, 3L), onDisk());
        run();
        assertEquals(List.of(2L, 3L), onDisk());
    }

    /** The same where its receiver dies instead: it comes back to its place, and into the log. */
    @Test
    void whatADeadReceiverWasToldOnAFullDiskComesIntoTheLogAgain() {
        makeSync(3);
        storage.room(0);
        restart();
        try (QueueMemory mapping = QueueMemory.open(hot())) {
            SegmentChain chain = new SegmentChain(mapping);
            Slot slot = chain.slots().acquire(CLIENT + 1);
            Cursor cursor = new Cursor(chain, slot, CLIENT + 1);
            assertEquals(Cursor.MESSAGE, cursor.look());
            assertTrue(cursor.take());
            cursor.intend();
            mapping.commitTickets().draw();
            run();
            assertEquals(List.of(2L, 3L), onDisk());
            keeper.repair(client -> client != CLIENT + 1);
        }
        storage.room(Long.MAX_VALUE);
        run();
        assertEquals(List.of(1L, 2L, 3L), onDisk());
        assertEquals(List.of(1L, 2L, 3L), queued());
    }

    /** What its receiver gave back counts again, though its end was noted. */
    @Test
    void whatGoesBackToItsPlaceOnAFullDiskCountsAgain() {
        makeSync(3);
        storage.room(0);
        restart();
        assertEquals(Receiver.TAKEN, user.receiver().take(Selector.any(), 1 << 16, 0));
        storage.failSyncs(Errno.EIO);
        assertEquals(Errno.ENOSPC,
            assertThrows(ErrnoException.class, () -> whileTheJournalRuns(() -> user.receiver().consume())).errno());
        storage.failSyncs(0);
        run();
        assertEquals(StateDescriptor.logFault(Errno.ENOSPC, false), faultOfQueue());
        assertEquals(List.of(1L, 2L, 3L), onDisk());
    }

    /** Positions of another hot directory say nothing of those in this one. */
    @Test
    void afterARebootOnAFullDiskReceiversWaitForRoom() {
        makeSync(3);
        leave();
        queues++;
        QueueMemory.create(hot(), entry.parameters()).close();
        keeper = new QueueKeeper(QueueMemory.open(hot()), client -> true);
        Replay.of(storage, entry.uuid())
            .forEach((position, mtype, buffer, offset, length) -> keeper.restore(mtype, buffer, offset, length));
        QueueMemory mapping = QueueMemory.open(hot());
        user = new Endpoint(new SegmentChain(mapping), CLIENT, 1, limits, state -> 6, mapping::close);
        storage.room(0);
        journal = newJournal();
        run();
        assertEquals(StateDescriptor.logFault(Errno.ENOSPC, true), faultOfQueue());
        assertEquals(List.of(1L, 2L, 3L), onDisk());
        storage.room(Long.MAX_VALUE);
        run();
        receiveSynced();
        assertEquals(List.of(2L, 3L), onDisk());
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
