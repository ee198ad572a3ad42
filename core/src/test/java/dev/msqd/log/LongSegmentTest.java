package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.LENGTH_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.WORD_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.layout.SlotDescriptor.APPENDING_PIN;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.SHORTEST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that are longer than a segment: each has one of its own, over several places. */
@Timeout(120)
class LongSegmentTest {
    /** Fills three places to the last byte. */
    private static final int THREE_PLACES = 3 * SEGMENT_LENGTH - HEADER_LENGTH;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;

    @BeforeEach
    void join() {
        sender = queue.join();
        receiver = queue.join();
    }

    // ---- sent and received

    /** R19, beyond a segment. */
    @ParameterizedTest
    @ValueSource(ints = {LONGEST + 1, LONGEST + 7, LONGEST + 8, LONGEST + 9, 2 * SEGMENT_LENGTH - HEADER_LENGTH,
        2 * SEGMENT_LENGTH - HEADER_LENGTH + 1, THREE_PLACES, 1_000_000})
    void everyLengthArrivesWhole(int length) {
        for (int number = 0; number < 3; number++) {
            sender.send(2 * number, length);
            sender.send(2 * number + 1, 100 * number);
        }
        queue.assertQueued(3L * length + 300, 6);
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(2 * number, length);
            receiver.assertReceives(2 * number + 1, 100 * number);
        }
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** The layout as its diagram says, and numbers that count places: positions go up, whatever is between. */
    @Test
    void aLongSegmentTakesPlacesAndNumbersForItsLength() {
        sender.send(0, 10);
        int length = 2 * SEGMENT_LENGTH + 100;
        long address = sender.sendTo(1, length);
        sender.send(2, 10);

        assertEquals(SEGMENT_LENGTH, address);
        assertEquals(header(SEGMENT_LENGTH - SHORTEST, PADDING_TYPE), queue.headerAt(SHORTEST));
        assertEquals(header(HEADER_LENGTH + length, 1), queue.headerAt(address));
        assertEquals(word(LINKED, 2), queue.table().entryWord(1));
        assertEquals(word(PART, 1), queue.table().entryWord(2));
        assertEquals(word(PART, 1), queue.table().entryWord(3));
        assertEquals(RecordDescriptor.aligned(HEADER_LENGTH + length), queue.entryLong(1, LENGTH_OFFSET));
        assertEquals(SegmentLink.link(5, 4), queue.table().tail());
        assertEquals(SEGMENT_LENGTH, queue.entryLong(4, LENGTH_OFFSET));
        assertEquals(5L * SEGMENT_LENGTH + SHORTEST, sender.appender.endPosition());

        long[] positions = new long[3];
        long[] addresses = new long[3];
        for (int i = 0; i < 3; i++) {
            assertEquals(Cursor.MESSAGE, receiver.cursor.look());
            positions[i] = receiver.cursor.position();
            addresses[i] = receiver.cursor.address();
            receiver.cursor.step();
            assertTrue(i == 0 || positions[i] > positions[i - 1]);
        }
        assertEquals(Cursor.END, receiver.cursor.look());
        assertArrayEquals(new long[] {SEGMENT_LENGTH, 2L * SEGMENT_LENGTH, 5L * SEGMENT_LENGTH}, positions);
        // looked back at, it is the same
        for (int i : new int[] {1, 0, 2, 1}) {
            assertEquals(Cursor.MESSAGE, receiver.cursor.lookAt(positions[i], addresses[i]));
            byte[] expected = Party.payload(i, i == 1 ? length : 10);
            assertArrayEquals(expected, receiver.found());
        }
    }

    @Test
    void theFirstMessageMayBeLong() {
        assertNull(receiver.receive());
        sender.send(0, THREE_PLACES);
        receiver.assertReceives(0, THREE_PLACES);
        queue.assertQueued(0, 0);
    }

    /** Where the segment before ends exactly nothing is sealed. */
    @Test
    void aSegmentThatIsFullIsNotSealed() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST + 1);
        sender.send(2, THREE_PLACES);
        assertEquals(SegmentLink.link(4, 3), queue.table().tail());
        assertEquals(6, queue.table().placeLimit());
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, number == 0 ? LONGEST : number == 1 ? LONGEST + 1 : THREE_PLACES);
        }
        queue.assertQueued(0, 0);
    }

    /** Whoever comes new begins behind it; whoever was before it passes it while it is written. */
    @Test
    void aLongRecordThatIsBeingWrittenIsPassed() {
        sender.send(0, 10);
        receiver.assertReceives(0, 10);
        int offset = sender.claim(THREE_PLACES);
        Party newcomer = queue.join();
        newcomer.send(2, 20);

        assertEquals(Cursor.WRITING, receiver.cursor.look());
        long position = receiver.cursor.position();
        long address = receiver.cursor.address();
        receiver.cursor.step();
        receiver.assertReceives(2, 20);
        assertEquals(Cursor.WRITING, receiver.cursor.lookAt(position, address));
        sender.fill(offset, 1, Party.payload(1, THREE_PLACES), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(offset, 1));
        assertEquals(Cursor.MESSAGE, receiver.cursor.lookAt(position, address));
        assertArrayEquals(Party.payload(1, THREE_PLACES), receiver.found());
        assertTrue(receiver.cursor.take());
        assertTrue(receiver.cursor.consume());
        queue.assertQueued(0, 0);
    }

    @Test
    void aLongMessageGoesBackToItsPlace() {
        sender.send(0, THREE_PLACES);
        assertTrue(receiver.takeNext());
        receiver.cursor.giveBack();
        queue.assertQueued(THREE_PLACES, 1);
        receiver.assertReceives(0, THREE_PLACES);
    }

    /** What was handed over does not count as queued (R49), however long it is. */
    @Test
    void aLongMessageIsHandedOver() {
        int offset = sender.claim(THREE_PLACES);
        long address = sender.appender.address(offset);
        sender.fill(offset, 1, Party.payload(0, THREE_PLACES), ClaimWord.taken(0, receiver.slot.tag()));
        long word = SlotDescriptor.handed(address);
        receiver.slot.armWaiter(word);
        ArmedSlots.receivers(queue.memory()).set(receiver.slot.index());
        assertEquals(Quantity.ofMessage(THREE_PLACES), sender.chain.handed());
        assertTrue(sender.appender.commit(offset, 1));
        assertEquals(Quantity.ofMessage(THREE_PLACES), sender.chain.handed());

        assertEquals(Cursor.MESSAGE, receiver.cursor.lookAtHanded(word));
        assertArrayEquals(Party.payload(0, THREE_PLACES), receiver.found());
        assertTrue(receiver.cursor.isTaken());
        assertTrue(receiver.cursor.consume());
        receiver.slot.idleWaiter();
        queue.assertQueued(0, 0);
    }

    // ---- the limit, and claims

    /** R21, exactly; who is refused has changed nothing. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 500})
    void theLimitIsDecidedRight(int queued) {
        sender.send(0, queued);
        int qbytes = queued + THREE_PLACES;
        assertFalse(sender.trySend(1, THREE_PLACES + 1, qbytes));
        assertEquals(1, queue.table().placeLimit());
        assertEquals(0, queue.headerAt(RecordDescriptor.aligned(HEADER_LENGTH + queued)));

        assertTrue(sender.trySend(1, THREE_PLACES, qbytes));
        assertFalse(sender.trySend(2, LONGEST + 1, qbytes));
        assertEquals(4, queue.table().placeLimit());
        assertFalse(sender.trySend(2, 1, qbytes));
        receiver.assertReceives(0, queued);
        receiver.assertReceives(1, THREE_PLACES);
        assertTrue(sender.trySend(2, qbytes, qbytes));
        receiver.assertReceives(2, qbytes);
        queue.assertQueued(0, 0);
    }

    /** Repair looks for the claims of the dead in one segment; and nothing is sealed for nothing. */
    @Test
    void aLongClaimIsNotBegunWhileAnotherIsOpen() {
        int open = sender.claim(10);
        assertEquals(Appender.FULL, sender.appender.claim(THREE_PLACES, NO_LIMIT));
        assertEquals(0, queue.headerAt(SHORTEST));
        sender.appender.abort(open);

        int longOne = sender.claim(THREE_PLACES);
        assertTrue(sender.appender.isClaimed(longOne));
        assertFalse(sender.appender.isClaimed(THREE_PLACES - 8));
        assertEquals(Appender.FULL, sender.appender.claim(10, NO_LIMIT));
        assertEquals(Appender.FULL, sender.appender.claim(THREE_PLACES, NO_LIMIT));
        sender.appender.abort(longOne);
        assertFalse(sender.appender.hasOutstanding());
        sender.send(0, 10);
        receiver.assertReceives(0, 10);
        queue.assertQueued(0, 0);
    }

    @Test
    void whoLetsGoGivesItsLongClaimUp() {
        sender.claim(THREE_PLACES);
        sender.appender.release();
        queue.assertQueued(0, 0);
        sender.send(0, THREE_PLACES);
        receiver.assertReceives(0, THREE_PLACES);
    }

    /** Two have places in hand; one appends. The other's are ready and zero again, and its number is nobody's. */
    @Test
    void whoComesSecondGivesItsPlacesBack() {
        sender.send(0, LONGEST);
        long last = queue.table().tail();
        int length = RecordDescriptor.aligned(HEADER_LENGTH + THREE_PLACES);
        int head = sender.chain.claimLong(sender.slot, length);
        assertEquals(1, queue.places(CLAIMED));
        assertEquals(2, queue.places(PART));
        sender.memory.segment(head).putLong(0, header(-length, sender.slot.tag()));
        sender.memory.segment(head).putLong(RecordDescriptor.TOTAL_OFFSET, 99);
        receiver.send(1, 2 * LONGEST);

        assertEquals(SegmentLink.NONE,
            sender.chain.extendLong(sender.slot, APPENDING_PIN, last, head, Quantity.ofMessage(LONGEST), length));
        assertEquals(CLAIMED, queue.stateOf(head));
        sender.chain.giveBackLong(sender.slot, head);

        for (int place = head; place < head + 3; place++) {
            assertEquals(READY, queue.stateOf(place));
            assertTrue(queue.isZero(place));
        }
        queue.assertQueued(3L * LONGEST, 2);
    }

    /**
     * A segment was appended, used up and given back, and its places are had again by somebody who thinks that it is still to
     * be appended. Were it prepared once more, who read its link before could mark it as linked (invariant 10).
     */
    @Test
    void whoComesSecondPreparesNothing() throws Exception {
        sender.send(0, LONGEST);
        long last = queue.table().tail();
        receiver.send(1, THREE_PLACES);
        long read = queue.table().next(last);
        receiver.send(2, 0);
        assertEquals(3, receiver.receiveAll().size());
        receiver.cursor.rest();
        queue.reclaim();
        int length = RecordDescriptor.aligned(HEADER_LENGTH + THREE_PLACES);
        int head = sender.chain.claimLong(sender.slot, length);
        assertEquals(SegmentLink.place(read), head);

        AtomicBoolean ended = new AtomicBoolean();
        Thread straggler = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                receiver.chain.table().isLinked(read);
            }
        });
        try {
            for (int i = 0; i < 1_000_000; i++) {
                assertEquals(SegmentLink.NONE,
                    sender.chain.extendLong(sender.slot, APPENDING_PIN, last, head, 0, length));
                assertEquals(CLAIMED, queue.stateOf(head));
            }
        } finally {
            ended.set(true);
            straggler.join();
        }
        sender.chain.giveBackLong(sender.slot, head);
        queue.assertQueued(0, 0);
    }

    /** Somebody else takes a place out of the middle: then nobody has the run, and nothing is lost. */
    @Test
    void placesAreHadTogetherOrNotAtAll() throws Exception {
        int length = 60 * SEGMENT_LENGTH;
        sender.chain.giveBackLong(sender.slot, sender.chain.claimLong(sender.slot, length));
        AtomicBoolean ended = new AtomicBoolean();
        Places places = receiver.chain.places();
        Thread other = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                places.giveBack(places.claim(receiver.slot), word(CLAIMED, receiver.slot.tag()));
            }
        });
        try {
            for (int i = 0; i < 20_000; i++) {
                sender.chain.giveBackLong(sender.slot, sender.chain.claimLong(sender.slot, length));
            }
        } finally {
            ended.set(true);
            other.join();
        }
        assertEquals(queue.table().placeLimit(), queue.places(READY) + queue.places(HOLE));
        queue.assertQueued(0, 0);
    }

    /** What comes and goes between a look at the end and a look at what was received is no reason to refuse. */
    @Test
    void aClaimIsNotRefusedForWhatCameAndWent() throws Exception {
        // With so many slots it takes a while to add up what was received, and the last one's comes last.
        for (int slot = 0; slot < 4000; slot++) {
            queue.chain().slots().acquire(1000 + slot);
        }
        Party last = queue.join();
        AtomicBoolean ended = new AtomicBoolean();
        Thread other = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                last.appender.abort(last.claim(8));
            }
        });
        try {
            for (int i = 0; i < 2_000; i++) {
                // R21: there is always room
                sender.appender.abort(sender.claim(LONGEST + 1));
                if (i % 100 == 0) {
                    queue.reclaim();
                }
            }
        } finally {
            ended.set(true);
            other.join();
        }
        queue.assertQueued(0, 0);
    }

    // ---- used again

    /** Warm places serve a steady stream, as they do for short messages. */
    @ParameterizedTest
    @ValueSource(ints = {LONGEST + 1, THREE_PLACES, 10 * SEGMENT_LENGTH})
    void steadyTrafficUsesAFewPlacesAgainAndAgain(int length) {
        for (int number = 0; number < 1000; number++) {
            sender.send(number, length);
            receiver.assertReceives(number, length);
        }
        int span = (HEADER_LENGTH + length + SEGMENT_LENGTH - 1) / SEGMENT_LENGTH;
        assertTrue(queue.table().placeLimit() <= 3 * span, () -> queue.table().placeLimit() + " places");
        queue.assertQueued(0, 0);
    }

    /** Short and long ones of all lengths; places are split and joined. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void allLengthsTakeTurns(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] lengths = new int[4000];
        int sent = 0;
        int received = 0;
        long bytes = 0;
        while (received < lengths.length) {
            if (sent < lengths.length && sent - received < 12 && random.nextInt(5) > 1) {
                lengths[sent] = random.nextInt(4) == 0 ? random.nextInt(6 * SEGMENT_LENGTH) : random.nextInt(9000);
                bytes += lengths[sent];
                sender.send(sent, lengths[sent]);
                sent++;
            } else if (received < sent) {
                receiver.assertReceives(received, lengths[received]);
                bytes -= lengths[received++];
            }
            if (random.nextInt(200) == 0) {
                queue.assertQueued(bytes, sent - received);
            }
            if (random.nextInt(300) == 0) {
                queue.reclaim();
                sender.chain.trim(sender.slot, random.nextInt(5));
            }
        }
        assertTrue(queue.table().placeLimit() <= 150,
            () -> "seed " + seed + ": " + queue.table().placeLimit() + " places");
        queue.assertQueued(0, 0);
    }

    /** Invariant 10: what somebody looks at stays, all of it. */
    @Test
    void whatACursorStandsInStaysAsItIs() {
        long address = sender.sendTo(0, THREE_PLACES);
        int head = (int) (address / SEGMENT_LENGTH);
        Party slow = queue.join();
        assertEquals(Cursor.MESSAGE, slow.cursor.look());
        receiver.assertReceives(0, THREE_PLACES);
        for (int number = 1; number < 100; number++) {
            sender.send(number, THREE_PLACES);
            receiver.assertReceives(number, THREE_PLACES);
            assertArrayEquals(Party.payload(0, THREE_PLACES), slow.found());
        }
        queue.reclaim();
        assertEquals(RETIRED, queue.stateOf(head));
        assertEquals(word(PART, head), queue.table().entryWord(head + 2));
        slow.cursor.release();
        queue.reclaim();
        for (int place = head; place < head + 3; place++) {
            assertTrue(queue.stateOf(place) == READY && queue.isZero(place), "place " + place);
        }
        queue.assertQueued(0, 0);
    }

    /** The last segment stays in the chain; a long one that was received gives its memory back all the same. */
    @Test
    void aLongSegmentAtTheEndIsPassed() {
        sender.send(0, 10);
        receiver.assertReceives(0, 10);
        long blocks = HotQueue.blocks(queue.file());
        sender.send(1, 100 * SEGMENT_LENGTH);
        Party keeper = queue.join();
        assertFalse(keeper.appender.passLongSegment());
        receiver.assertReceives(1, 100 * SEGMENT_LENGTH);
        receiver.cursor.release();
        sender.appender.leaveLongSegment();
        assertEquals(-1, sender.slot.pinnedPlace(APPENDING_PIN));

        assertTrue(keeper.appender.passLongSegment());
        assertFalse(keeper.appender.passLongSegment());
        keeper.appender.release();
        queue.reclaim();
        assertEquals(1, queue.places(LINKED));
        assertEquals(0, queue.places(PART));
        keeper.chain.trim(keeper.slot, 0);
        assertTrue(HotQueue.blocks(queue.file()) <= blocks + 2 * SEGMENT_LENGTH / 512);
        queue.assertQueued(0, 0);
        sender.send(2, 10);
        receiver.assertReceives(2, 10);
    }

    @Test
    void nobodyPassesWhatIsNotLong() {
        assertFalse(sender.appender.passLongSegment());
        sender.send(0, 10);
        receiver.assertReceives(0, 10);
        assertFalse(sender.appender.passLongSegment());
        sender.appender.leaveLongSegment();
        assertEquals(0, sender.slot.pinnedPlace(APPENDING_PIN));
    }

    // ---- places

    /** Ready places are used before holes, holes before new ones; what is in use is left out. */
    @Test
    void aRunIsFoundAmongWhatIsThere() {
        for (int number = 0; number < 12; number++) {
            sender.send(number, LONGEST);
        }
        // places 1 to 3, 5 to 8 and 10 become free; 5 to 7 lose their blocks
        setState(1, 4, READY);
        setState(5, 8, HOLE);
        setState(8, 9, READY);
        setState(10, 11, READY);

        assertEquals(1, claimRun(3));
        assertEquals(5, claimRun(3));
        assertEquals(word(PART, 5), queue.table().entryWord(7));
        assertEquals(12, claimRun(2));
        assertEquals(14, queue.table().placeLimit());
        setState(13, 14, HOLE);
        // what is free at the end of the table is made longer
        assertEquals(13, claimRun(4));
        assertEquals(17, queue.table().placeLimit());
        assertEquals(READY, queue.stateOf(8));
        assertEquals(READY, queue.stateOf(10));
    }

    private int claimRun(int span) {
        return sender.chain.claimLong(sender.slot, span * SEGMENT_LENGTH);
    }

    private void setState(int from, int to, int state) {
        for (int place = from; place < to; place++) {
            queue.entryLong(place, WORD_OFFSET, word(state, 0));
        }
    }

    /** Of those who want the same places one gets them, and the others keep none of what they had of them. */
    @Test
    void whoIsLateKeepsNoPlace() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            Party party = queue.join();
            SplittableRandom random = new SplittableRandom(i);
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    for (int round = 0; round < 20_000; round++) {
                        int head = party.chain.claimLong(party.slot, (2 + random.nextInt(7)) * SEGMENT_LENGTH);
                        party.chain.giveBackLong(party.slot, head);
                    }
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get());
        assertEquals(queue.table().placeLimit(), queue.places(READY) + queue.places(HOLE));
    }

    /** Stopped in the middle of giving back, what is left is found from the head (invariant 9). */
    @Test
    void whatIsLeftOfARunIsFoundFromTheHead() throws IOException {
        sender.send(0, LONGEST);
        int head = claimRun(4);
        long claimed = word(CLAIMED, sender.slot.tag());
        // the file ends in the third of the four: zeroing meets that as a kill would meet it, somewhere in between
        try (RandomAccessFile file = new RandomAccessFile(queue.file().toFile(), "rw")) {
            file.setLength(StateDescriptor.PLACES_OFFSET + (head + 2L) * SEGMENT_LENGTH);
        }
        assertThrows(InternalError.class, () -> sender.chain.places().zero(head, 0, 4 * SEGMENT_LENGTH));

        assertEquals(claimed, queue.table().entryWord(head));
        for (int place = head + 1; place < head + 4; place++) {
            assertEquals(word(PART, head), queue.table().entryWord(place));
        }
        queue.repairAllBut(receiver);
        for (int place = head; place < head + 4; place++) {
            assertEquals(HOLE, queue.stateOf(place));
        }
        receiver.send(1, 4 * SEGMENT_LENGTH);
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, 4 * SEGMENT_LENGTH);
        queue.assertQueued(0, 0);
    }

    /** A window is mapped as one, and nothing that is longer than a place crosses its end: of the near places, or of a gibibyte. */
    @ParameterizedTest
    @CsvSource({"16384, 64", "1048576, 1024"})
    void aRunDoesNotCrossTheEndOfAWindow(int length, int next) {
        try (HotQueue other = new HotQueue(length)) {
            Party writer = other.join();
            Party reader = other.join();
            writer.send(0, 1);
            // as if others had filled nearly all of the window
            for (int place = 1; place < next - 2; place++) {
                other.entryLong(place, WORD_OFFSET, word(RETIRED, place + 100_000));
            }
            other.memory().wholeStateWords().putIntVolatile(StateDescriptor.PLACE_LIMIT_OFFSET, next - 2);
            reader.slot.pin(SlotDescriptor.CANDIDATE_PIN, 1);

            long address = writer.sendTo(1, 3 * length);

            assertEquals((long) next * length, address);
            assertEquals(HOLE, other.stateOf(next - 2));
            assertEquals(HOLE, other.stateOf(next - 1));
            // what fits before the end goes there
            assertEquals((next - 2L) * length, writer.sendTo(2, 2 * length - HEADER_LENGTH));
            reader.assertReceives(0, 1);
            reader.assertReceives(1, 3 * length);
            reader.assertReceives(2, 2 * length - HEADER_LENGTH);
        }
    }

    @Test
    void whenThereIsNoRunTheQueueIsNamedAndNothingIsLost() {
        sender.send(0, LONGEST);
        for (int place = 1; place < SegmentLink.MAX_PLACES; place++) {
            queue.entryLong(place, WORD_OFFSET, place % 3 == 0 ? word(LINKED, place + 100_000) : word(HOLE, 0));
        }
        queue.memory().wholeStateWords().putIntVolatile(StateDescriptor.PLACE_LIMIT_OFFSET, SegmentLink.MAX_PLACES);

        ErrnoException e = HotQueue.assertErrno(Errno.ENOMEM, () -> sender.appender.claim(THREE_PLACES, NO_LIMIT));
        assertTrue(e.getMessage().contains(queue.file().toString()), e.getMessage());
        assertTrue(e.getMessage().contains("not 3 left in a row"), e.getMessage());
        assertEquals(0, queue.places(CLAIMED) + queue.places(PART));

        // two in a row there are
        assertEquals(SEGMENT_LENGTH, sender.sendTo(1, LONGEST + 1));
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, LONGEST + 1);
    }

    // ---- the longest

    /** R20 at its upper end, in the shortest segments and in the longest. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {QueueMemory.MIN_SEGMENT_LENGTH, 1 << 18, 1 << 22, QueueMemory.MAX_SEGMENT_LENGTH})
    void theLongestMessageArrives(int segmentLength) {
        try (HotQueue wide = new HotQueue(segmentLength)) {
            Party writer = wide.join();
            int length = writer.appender.maxPayloadLength();
            assertEquals(512 * 1024 * 1024, length);
            int offset = writer.claim(length);
            UnsafeBuffer segment = writer.appender.segment();
            for (int at = 0; at < length; at += 4096) {
                segment.putInt(offset + HEADER_LENGTH + at, at);
            }
            segment.putByte(offset + HEADER_LENGTH + length - 1, (byte) 7);
            writer.appender.describe(offset, 1, ClaimWord.AVAILABLE);
            assertTrue(writer.appender.commit(offset, 1));
            writer.appender.release();

            Party reader = wide.join();
            assertTrue(reader.takeNext());
            assertEquals(length, reader.cursor.payloadLength());
            for (int at = 0; at < length; at += 4096) {
                assertEquals(at, reader.cursor.buffer().getInt(reader.cursor.payloadOffset() + at));
            }
            assertEquals(7, reader.cursor.buffer().getByte(reader.cursor.payloadOffset() + length - 1));
            assertTrue(reader.cursor.consume());
            wide.assertQueued(0, 0);
        }
    }
}
