package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.RecordDescriptor.type;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.SHORTEST;
import static dev.msqd.log.HotQueue.assertErrno;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a process that breaks the rules may have written into shared memory: the others get EIO, and nothing outside the
 * segment is touched (invariant 13). Agrona's bounds checks are on in tests, so that a touch outside would show.
 */
@Timeout(60)
class DamageTest {
    /** Offset of the second of three records, the one that is damaged. */
    private static final int SECOND = SHORTEST;
    private static final int LEFT = SEGMENT_LENGTH - SECOND;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;
    private Party newcomer;

    @BeforeEach
    void send() {
        sender = queue.join();
        receiver = queue.join();
        newcomer = queue.join();
        for (int number = 0; number < 3; number++) {
            sender.send(number, 16);
        }
    }

    static Stream<Arguments> impossibleHeaders() {
        return Stream.of(
            // a message too short, too long, or longer than numbers can tell
            Arguments.of(1, 1), Arguments.of(8, 1), Arguments.of(31, 1), Arguments.of(LEFT + 1, 1),
            Arguments.of(LEFT + 8, 1), Arguments.of(SEGMENT_LENGTH, 1), Arguments.of(Integer.MAX_VALUE, 1),
            Arguments.of(Integer.MAX_VALUE - 7, Integer.MAX_VALUE), Arguments.of(0, 1), Arguments.of(0, -1),
            // the same while being written
            Arguments.of(-1, 0x1000), Arguments.of(-8, 0x1000), Arguments.of(-31, 0x1000),
            Arguments.of(-LEFT - 1, 0x1000), Arguments.of(-LEFT - 8, 0x1000),
            Arguments.of(Integer.MIN_VALUE, 0x1000), Arguments.of(Integer.MIN_VALUE + 1, 0x1000),
            // the same, dead
            Arguments.of(8, DEAD_TYPE), Arguments.of(LEFT + 8, DEAD_TYPE), Arguments.of(Integer.MAX_VALUE, DEAD_TYPE),
            // padding that reaches beyond the segment
            Arguments.of(LEFT + 8, PADDING_TYPE), Arguments.of(Integer.MAX_VALUE, PADDING_TYPE),
            Arguments.of(Integer.MIN_VALUE, PADDING_TYPE));
    }

    @ParameterizedTest
    @MethodSource("impossibleHeaders")
    void anImpossibleLengthIsAnError(int length, int type) {
        queue.headerAt(SECOND, header(length, type));

        receiver.assertReceives(0, 16);
        assertDamaged(() -> receiver.cursor.look());
        assertDamaged(() -> receiver.cursor.look());
        assertDamaged(() -> newcomer.appender.claim(1, NO_LIMIT));
        assertDamaged(() -> newcomer.appender.live());
        assertDamaged(() -> newcomer.appender.endPosition());
        if (type != PADDING_TYPE) {
            assertDamaged(() -> receiver.cursor.lookAt(SEGMENT_LENGTH + SECOND, SECOND));
            long word = SlotDescriptor.handed(SECOND);
            receiver.slot.armWaiter(word);
            assertDamaged(() -> receiver.cursor.lookAtHanded(word));
        }
    }

    /** Who repairs and who reclaims touch nothing outside either; the damage stays for whoever looks. */
    @ParameterizedTest
    @MethodSource("impossibleHeaders")
    void anImpossibleLengthDoesNotLeadTheKeepersAstray(int length, int type) {
        long link = sender.chain.pinTail(sender.slot, SlotDescriptor.APPENDING_PIN);
        sender.chain.extend(sender.slot, SlotDescriptor.APPENDING_PIN, link, 0);
        newcomer.cursor.look();
        long damaged = header(length, type);
        queue.headerAt(SECOND, damaged);
        receiver.assertReceives(0, 16);
        receiver.cursor.release();
        long behind = queue.headerAt(SEGMENT_LENGTH);

        queue.repairAllBut();
        queue.reclaim();

        assertEquals(damaged, queue.headerAt(SECOND));
        assertEquals(behind, queue.headerAt(SEGMENT_LENGTH));
        assertEquals(1, queue.table().numberAt(0));
    }

    @Test
    void aLookFromOutsideComesToNothing() {
        assertEquals(16, Quantity.bytes(queue.chain().quantityAt(SECOND, receiver.slot)));
        impossibleHeaders().forEach(damage -> {
            Object[] lengthAndType = damage.get();
            queue.headerAt(SECOND, header((int) lengthAndType[0], (int) lengthAndType[1]));
            long quantity = queue.chain().quantityAt(SECOND, receiver.slot);
            assertTrue(Quantity.bytes(quantity) <= SEGMENT_LENGTH, () -> "quantity " + quantity);
        });
    }

    /** A length that is possible leads to another record, or into the middle of one, but never outside. */
    @Test
    void aWrongLengthThatIsPossibleStaysInside() {
        queue.headerAt(SECOND, header(LEFT, 1));
        receiver.assertReceives(0, 16);
        assertEquals(LEFT - 32, receiver.receive().length);
        receiver.assertReceivesNothing();

        queue.headerAt(SECOND, header(LEFT - 3, DEAD_TYPE));
        newcomer.assertReceivesNothing();
        assertTrue(newcomer.trySend(9, 1, NO_LIMIT));
    }

    /** Whoever lets go looks for its open claims, past what is damaged: it comes back, whatever it finds. */
    @ParameterizedTest
    @MethodSource("impossibleHeaders")
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anImpossibleLengthDoesNotHoldWhoLetsGo(int length, int type) {
        sender.claim(8);
        queue.headerAt(SECOND, header(length, type));
        try {
            sender.appender.release();
        } catch (ErrnoException e) {
            assertEquals(Errno.EIO, e.errno(), e.getMessage());
        }
        assertEquals(-1, sender.slot.pinnedPlace(SlotDescriptor.APPENDING_PIN));
    }

    /** The hint is an offset out of shared memory, and no more than a hint: what can't be one is not believed. */
    @ParameterizedTest
    @ValueSource(longs = {-8, 4, SEGMENT_LENGTH, SEGMENT_LENGTH - 8, SEGMENT_LENGTH + SECOND, Integer.MAX_VALUE - 7,
        Integer.MIN_VALUE})
    void anImpossibleHintIsNotBelieved(long hint) {
        queue.entryLong(0, SegmentTableDescriptor.APPEND_HINT_OFFSET, hint);

        assertEquals(3 * Quantity.ofMessage(16), queue.join().appender.live());
        newcomer.send(3, 16);
        for (int number = 0; number < 4; number++) {
            receiver.assertReceives(number, 16);
        }
        queue.assertQueued(0, 0);
    }

    /** There is but one record in a long segment, and it is the first. */
    @Test
    void noHintIntoALongRecordIsBelieved() {
        sender.send(3, 4 * SEGMENT_LENGTH - 100);
        queue.entryLong(1, SegmentTableDescriptor.APPEND_HINT_OFFSET, 4096);
        queue.entryLong(1, SegmentTableDescriptor.RECLAIM_PROGRESS_OFFSET, 4096);

        assertEquals(3 * Quantity.ofMessage(16) + Quantity.ofMessage(4 * SEGMENT_LENGTH - 100),
            newcomer.appender.live());
        receiver.assertReceives(0, 16);
        receiver.assertReceives(1, 16);
        receiver.assertReceives(2, 16);
        receiver.assertReceives(3, 4 * SEGMENT_LENGTH - 100);
        queue.assertQueued(0, 0);
    }

    /** The same for what is known to be terminal at the front of a segment. */
    @ParameterizedTest
    @ValueSource(longs = {-8, 4, SEGMENT_LENGTH, SEGMENT_LENGTH - 4, SEGMENT_LENGTH + 8, SEGMENT_LENGTH + SECOND,
        Integer.MAX_VALUE - 7, Integer.MIN_VALUE})
    void anImpossibleProgressIsNotBelieved(long progress) {
        queue.entryLong(0, SegmentTableDescriptor.RECLAIM_PROGRESS_OFFSET, progress);

        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        queue.assertQueued(0, 0);
    }

    /** The same for the reclaimer: a segment with messages in it is not given back. */
    @ParameterizedTest
    @ValueSource(longs = {-8, 4, SEGMENT_LENGTH, SEGMENT_LENGTH + 8, SEGMENT_LENGTH + SECOND, Integer.MAX_VALUE - 7,
        Integer.MIN_VALUE})
    void anImpossibleProgressDoesNotMisleadTheReclaimer(long progress) {
        sender.send(3, LONGEST);
        sender.send(4, LONGEST);
        queue.entryLong(0, SegmentTableDescriptor.RECLAIM_PROGRESS_OFFSET, progress);

        queue.reclaim();

        // three messages are in it that nobody received
        assertEquals(1, queue.table().numberAt(0));
    }

    /** What a dead client wrote into its own slot harms nobody else: the slots after it are settled all the same. */
    @ParameterizedTest
    @ValueSource(longs = {4, SEGMENT_LENGTH * 60_000L, 1L << 40, Long.MAX_VALUE - 7, Long.MIN_VALUE})
    void repairSurvivesAnImpossiblePending(long address) {
        queue.slotLong(receiver.slot, SlotDescriptor.PENDING_OFFSET, address + 1);
        assertTrue(newcomer.takeNext());

        Repair.Report report = queue.repairAllBut(sender);

        assertEquals(2, report.slotsFreed());
        assertEquals(1, report.recordsReturned());
        queue.assertQueued(48, 3);
    }

    @ParameterizedTest
    @ValueSource(longs = {SEGMENT_LENGTH * 60_000L, 1L << 40, Long.MAX_VALUE - 7, Long.MIN_VALUE})
    void repairSurvivesAnImpossibleHandOver(long address) {
        queue.slotLong(receiver.slot, SlotDescriptor.WAITER_WORD_OFFSET, SlotDescriptor.handed(address));
        assertTrue(newcomer.takeNext());

        Repair.Report report = queue.repairAllBut(sender);

        assertEquals(2, report.slotsFreed());
        assertEquals(1, report.recordsReturned());
        queue.assertQueued(48, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {65_536, 60_000, Integer.MAX_VALUE - 1, -5, Integer.MIN_VALUE})
    void repairSurvivesAnImpossiblePin(int place) {
        receiver.slot.pin(SlotDescriptor.CANDIDATE_PIN, place);
        assertTrue(newcomer.takeNext());

        Repair.Report report = queue.repairAllBut(sender);

        assertEquals(2, report.slotsFreed());
        assertEquals(1, report.recordsReturned());
        queue.assertQueued(48, 3);
    }

    // ---- the chain: a link that leads nowhere must not be followed for ever, least of all by who serves many queues

    static Stream<Long> linksThatLeadNowhere() {
        return Stream.of(
            // no segment, or another one, is in that place
            SegmentLink.link(9, 1), SegmentLink.link(2, 0), SegmentLink.link(1, 1), SegmentLink.link(1L << 40, 0),
            // there is no such place
            SegmentLink.link(9, 5_000), SegmentLink.link(9, SegmentLink.MAX_PLACES - 1), -1L, Long.MIN_VALUE);
    }

    @ParameterizedTest
    @MethodSource("linksThatLeadNowhere")
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aHeadThatLeadsNowhereHoldsNobody(long link) {
        queue.stateLong(StateDescriptor.HEAD_OFFSET, link);

        assertComesBack(() -> receiver.cursor.look());
        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> newcomer.appender.claim(1, NO_LIMIT));
    }

    @ParameterizedTest
    @MethodSource("linksThatLeadNowhere")
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aTailThatLeadsNowhereHoldsNobody(long link) {
        sender.send(3, LONGEST);
        queue.stateLong(StateDescriptor.TAIL_OFFSET, link);

        assertComesBack(() -> newcomer.appender.live());
        assertComesBack(() -> newcomer.appender.claim(1, NO_LIMIT));
        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> sender.appender.claim(LONGEST, NO_LIMIT));
    }

    @ParameterizedTest
    @MethodSource("linksThatLeadNowhere")
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aNextThatLeadsNowhereHoldsNobody(long link) {
        for (int number = 3; number < 6; number++) {
            sender.send(number, LONGEST);
        }
        queue.entryLong(0, SegmentTableDescriptor.NEXT_OFFSET, link);

        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        assertComesBack(() -> receiver.cursor.look());
        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> newcomer.appender.live());
    }

    /** Whoever reclaims looks into a segment only if it is where the chain says: the file may end before that place. */
    @Test
    void aChainThatLeadsBeyondTheFileDoesNotLeadTheReclaimerThere() {
        for (int number = 3; number < 6; number++) {
            sender.send(number, LONGEST);
        }
        long head = queue.table().head();
        queue.stateLong(StateDescriptor.HEAD_OFFSET, SegmentLink.link(1, 5_000));
        assertComesBack(() -> queue.reclaim());
        queue.stateLong(StateDescriptor.HEAD_OFFSET, head);
        queue.entryLong(0, SegmentTableDescriptor.NEXT_OFFSET, SegmentLink.link(2, 5_000));
        assertComesBack(() -> queue.reclaim());
        assertEquals(0, queue.chain().reclaimer().reclaiming());
    }

    /** A tail far ahead does not make the last segment one that can be given back: nobody would find the end. */
    @Test
    void aTailFarAheadDoesNotCutTheChain() {
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        sender.send(3, LONGEST);
        receiver.assertReceives(3, LONGEST);
        long tail = queue.table().tail();
        queue.stateLong(StateDescriptor.TAIL_OFFSET, SegmentLink.link(1L << 40, 0));
        assertComesBack(() -> queue.reclaim());
        queue.stateLong(StateDescriptor.TAIL_OFFSET, tail);

        sender.send(4, 16);
        receiver.assertReceives(4, 16);
        queue.assertQueued(0, 0);
    }

    // ---- long segments: how long they are, and what is behind them

    /** Segment 1, then a long one over places 1 to 4, then segment 6 in place 5. */
    private void sendLong() {
        sender.send(3, 4 * SEGMENT_LENGTH - 100);
        sender.send(4, 16);
        // so that the table knows of a place that the file does not reach
        queue.memory().allocateEntry(6);
        assertTrue(queue.table().raisePlaceLimit(6));
        sender.appender.release();
    }

    static Stream<Long> impossibleLengths() {
        return Stream.of(0L, -1L, -8L, 1L, 8L, 32L, SEGMENT_LENGTH - 8L, SEGMENT_LENGTH + 8L, 3L * SEGMENT_LENGTH,
            4L * SEGMENT_LENGTH - 61, 4L * SEGMENT_LENGTH - 60, 4L * SEGMENT_LENGTH, 4L * SEGMENT_LENGTH + 8,
            5L * SEGMENT_LENGTH, 6L * SEGMENT_LENGTH, 100L * SEGMENT_LENGTH, 1L << 30, (1L << 30) - SEGMENT_LENGTH,
            (1L << 30) + 8, Integer.MAX_VALUE - 7L, (1L << 32) + SEGMENT_LENGTH, 1L << 40, Long.MAX_VALUE - 7,
            Long.MIN_VALUE);
    }

    /** Invariant 13, for the length of a segment, be it a long one or not. */
    @ParameterizedTest
    @MethodSource("impossibleLengths")
    void anImpossibleSegmentLengthIsAnError(long length) {
        sendLong();
        for (int place : new int[] {1, 0}) {
            long right = queue.entryLong(place, SegmentTableDescriptor.LENGTH_OFFSET);
            long number = queue.table().numberAt(place);
            queue.entryLong(place, SegmentTableDescriptor.LENGTH_OFFSET, length);
            long position = number * SEGMENT_LENGTH;
            long address = (long) place * SEGMENT_LENGTH;

            assertDamaged(() -> newcomer.cursor.lookAt(position, address));
            assertDamaged(() -> newcomer.receiveAll());
            newcomer.cursor.rewind();
            receiver.slot.armWaiter(SlotDescriptor.handed(address));
            assertDamaged(() -> receiver.cursor.lookAtHanded(SlotDescriptor.handed(address)));
            ArmedSlots.receivers(queue.memory()).set(receiver.slot.index());
            assertEquals(0, queue.chain().quantityAt(address, receiver.slot));
            assertEquals(0, queue.chain().handed());
            receiver.slot.idleWaiter();
            queue.entryLong(place, SegmentTableDescriptor.LENGTH_OFFSET, right);
        }
    }

    /** The keepers leave alone what they can't make out, and go on with the rest. */
    @ParameterizedTest
    @MethodSource("impossibleLengths")
    void anImpossibleSegmentLengthDoesNotLeadTheKeepersAstray(long length) {
        sendLong();
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        receiver.assertReceives(3, 4 * SEGMENT_LENGTH - 100);
        queue.entryLong(1, SegmentTableDescriptor.LENGTH_OFFSET, length);
        sender.slot.pin(SlotDescriptor.APPENDING_PIN, 1);
        long behind = queue.headerAt(5L * SEGMENT_LENGTH);

        queue.reclaim();
        Repair.Report report = queue.repairAllBut(receiver);

        assertEquals(2, report.slotsFreed());
        assertEquals(2, queue.table().numberAt(1));
        assertEquals(behind, queue.headerAt(5L * SEGMENT_LENGTH));
        receiver.assertReceives(4, 16);
    }

    /** What follows the tail begins where its length says. */
    @ParameterizedTest
    @MethodSource("impossibleLengths")
    void anImpossibleLengthOfTheTailIsAnErrorForSenders(long length) {
        sender.send(3, 4 * SEGMENT_LENGTH - 100);
        queue.entryLong(1, SegmentTableDescriptor.LENGTH_OFFSET, length);

        assertDamaged(() -> newcomer.appender.claim(1, NO_LIMIT));
        assertDamaged(() -> newcomer.appender.claim(4 * SEGMENT_LENGTH, NO_LIMIT));
        assertDamaged(() -> newcomer.appender.live());
        assertDamaged(() -> newcomer.appender.passLongSegment());
        // one who knew the length before finds out, or needs it no more
        assertComesBack(() -> sender.appender.claim(1, NO_LIMIT));
    }

    /** Places are had before the end is sealed, and what follows is looked at after it. */
    @Test
    void aLongClaimThatMeetsDamageKeepsNoPlaces() {
        queue.entryLong(0, SegmentTableDescriptor.NEXT_OFFSET, SegmentLink.link(SegmentLink.FIRST_NUMBER, 0));

        assertDamaged(() -> newcomer.appender.claim(4 * SEGMENT_LENGTH, NO_LIMIT));

        assertEquals(PADDING_TYPE, type(queue.headerAt(3 * SECOND)));
        assertEquals(0, queue.places(SegmentTableDescriptor.CLAIMED));
        assertEquals(0, queue.places(SegmentTableDescriptor.PART));
    }

    /** A long record and its segment say the same, or neither is believed. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8, 32, -32, 31, SEGMENT_LENGTH, 4 * SEGMENT_LENGTH, -(4 * SEGMENT_LENGTH), 1 << 30,
        Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aLongRecordOfAnotherLengthIsAnError(int length) {
        sendLong();
        for (int type : new int[] {1, DEAD_TYPE, PADDING_TYPE, sender.slot.tag()}) {
            queue.headerAt(SEGMENT_LENGTH, header(length, type));
            Party reader = queue.join();
            assertDamaged(() -> reader.receiveAll());
            assertDamaged(() -> reader.cursor.lookAt(2L * SEGMENT_LENGTH, SEGMENT_LENGTH));
            queue.reclaim();
            queue.repairAllBut(sender, receiver, newcomer);
            assertEquals(2, queue.table().numberAt(1));
            assertEquals(header(length, type), queue.headerAt(SEGMENT_LENGTH));
        }
    }

    /** Segment and record agree on a length for which there are no places. */
    @ParameterizedTest
    @ValueSource(ints = {5 * SEGMENT_LENGTH, 6 * SEGMENT_LENGTH, 100 * SEGMENT_LENGTH, 1 << 30})
    void aLengthBeyondThePartsIsAnError(int length) {
        sendLong();
        queue.entryLong(1, SegmentTableDescriptor.LENGTH_OFFSET, length);
        queue.headerAt(SEGMENT_LENGTH, header(length, 1));

        assertEquals(0, queue.table().length(1));
        assertDamaged(() -> newcomer.receiveAll());
        assertEquals(0, queue.chain().quantityAt(SEGMENT_LENGTH, receiver.slot));
    }

    /** In a long segment there is one place to begin. */
    @ParameterizedTest
    @ValueSource(longs = {8, 32, SEGMENT_LENGTH - 32, SEGMENT_LENGTH, 2 * SEGMENT_LENGTH})
    void aHintOrProgressInALongSegmentIsNotBelieved(long offset) {
        sendLong();
        queue.entryLong(1, SegmentTableDescriptor.APPEND_HINT_OFFSET, offset);
        queue.entryLong(1, SegmentTableDescriptor.RECLAIM_PROGRESS_OFFSET, offset);
        queue.stateLong(StateDescriptor.TAIL_OFFSET, SegmentLink.link(2, 1));

        newcomer.send(5, 16);
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        receiver.assertReceives(3, 4 * SEGMENT_LENGTH - 100);
        receiver.assertReceives(4, 16);
        receiver.assertReceives(5, 16);
        queue.assertQueued(0, 0);
    }

    /** Whatever stands where a part should: everybody comes back, and the memory before and behind stays as it is. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDamagedPartHoldsNobody(int part) {
        sendLong();
        long[] words = {SegmentTableDescriptor.word(SegmentTableDescriptor.HOLE, 0),
            SegmentTableDescriptor.word(SegmentTableDescriptor.READY, 0),
            SegmentTableDescriptor.word(SegmentTableDescriptor.CLAIMED, sender.slot.tag()),
            SegmentTableDescriptor.word(SegmentTableDescriptor.PREPARED, 2),
            SegmentTableDescriptor.word(SegmentTableDescriptor.LINKED, 2),
            SegmentTableDescriptor.word(SegmentTableDescriptor.RETIRED, 2),
            SegmentTableDescriptor.word(SegmentTableDescriptor.PART, 0),
            SegmentTableDescriptor.word(SegmentTableDescriptor.PART, 1 << 20),
            SegmentTableDescriptor.word(SegmentTableDescriptor.PART, -1),
            SegmentTableDescriptor.word(7, 1), -1L, Long.MIN_VALUE};
        for (long word : words) {
            queue.entryLong(1 + part, SegmentTableDescriptor.WORD_OFFSET, word);
            Party reader = queue.join();
            assertComesBack(() -> reader.receiveAll());
            assertComesBack(() -> reader.appender.live());
            assertComesBack(() -> reader.chain.handed());
            assertComesBack(() -> QueueMemory.open(queue.folder()).close());
        }
        queue.entryLong(1 + part, SegmentTableDescriptor.WORD_OFFSET, words[0]);
        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> queue.repairAllBut());
        assertComesBack(() -> queue.reclaim());
        assertEquals(header(32 + 16, 1), queue.headerAt(5L * SEGMENT_LENGTH));
    }

    /** Parts stand together behind their head: one behind a gap is not taken along. */
    @Test
    void aPartBehindAGapIsLeftAlone() {
        sendLong();
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, 16);
        }
        receiver.assertReceives(3, 4 * SEGMENT_LENGTH - 100);
        receiver.assertReceives(4, 16);
        receiver.cursor.release();
        // the file ends before place 6
        queue.entryLong(6, SegmentTableDescriptor.WORD_OFFSET,
            SegmentTableDescriptor.word(SegmentTableDescriptor.PART, 1));
        assertComesBack(() -> queue.reclaim());
        assertEquals(SegmentTableDescriptor.READY, queue.stateOf(1));
        assertEquals(SegmentTableDescriptor.READY, queue.stateOf(4));
        assertEquals(SegmentTableDescriptor.PART, queue.stateOf(6));
    }

    /** Repair looks for a prepared segment in the chain. */
    @ParameterizedTest
    @MethodSource("linksThatLeadNowhere")
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aHeadThatLeadsNowhereDoesNotHoldRepair(long link) {
        queue.memory().allocateEntry(1);
        assertTrue(queue.table().raisePlaceLimit(1));
        queue.entryLong(1, SegmentTableDescriptor.WORD_OFFSET,
            SegmentTableDescriptor.word(SegmentTableDescriptor.CLAIMED, newcomer.slot.tag()));
        queue.table().prepare(1, 7, newcomer.slot.tag(), 0, SEGMENT_LENGTH);
        queue.stateLong(StateDescriptor.HEAD_OFFSET, link);

        assertComesBack(() -> queue.repairAllBut(sender, receiver));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 65_537, 1 << 20, Integer.MAX_VALUE})
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anImpossibleNumberOfPlacesHoldsNobody(int limit) {
        sender.send(3, LONGEST);
        queue.memory().wholeStateWords().putIntVolatile(StateDescriptor.PLACE_LIMIT_OFFSET, limit);

        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> queue.repairAllBut(sender, receiver));
        assertComesBack(() -> sender.chain.trim(sender.slot, 0));
        assertComesBack(() -> sender.appender.claim(LONGEST, NO_LIMIT));
        assertComesBack(() -> QueueMemory.open(queue.folder()).close());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, 4_097, 1 << 20, Integer.MAX_VALUE})
    @Timeout(value = 5, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anImpossibleNumberOfSlotsHoldsNobody(int limit) {
        sender.send(3, LONGEST);
        sender.send(4, LONGEST);
        queue.memory().wholeStateWords().putIntVolatile(StateDescriptor.SLOT_LIMIT_OFFSET, limit);

        assertComesBack(() -> newcomer.appender.live());
        assertComesBack(() -> receiver.receiveAll());
        assertComesBack(() -> queue.reclaim());
        assertComesBack(() -> queue.repairAllBut(sender, receiver));
        assertComesBack(() -> ArmedSlots.receivers(queue.memory()).isEmpty());
        assertComesBack(() -> ArmedSlots.senders(queue.memory()).next(0));
    }

    /** Whoever finds the queue full looks at what was handed over, at addresses that peers wrote. */
    @ParameterizedTest
    @ValueSource(
        longs = {4, SEGMENT_LENGTH, 3L * SEGMENT_LENGTH, SEGMENT_LENGTH - 8, SEGMENT_LENGTH * 60_000L, 1L << 40,
            Long.MAX_VALUE - 7, Long.MIN_VALUE, -8, -SEGMENT_LENGTH})
    void anImpossibleHandOverHoldsNoSender(long address) {
        // there is an entry for a second place, but the file ends before it
        queue.memory().allocateEntry(1);
        assertTrue(queue.table().raisePlaceLimit(1));
        receiver.slot.armWaiter(SlotDescriptor.handed(address));
        ArmedSlots.receivers(queue.memory()).set(receiver.slot.index());

        assertComesBack(() -> newcomer.chain.handed());
        assertComesBack(() -> newcomer.appender.claim(1, 48));
        assertComesBack(() -> receiver.cursor.lookAtHanded(SlotDescriptor.handed(address)));
    }

    /**
     * What was damaged may show, as EIO, or not; but neither as an error that no caller expects, nor by never ending.
     */
    private static void assertComesBack(Executable call) {
        try {
            call.execute();
        } catch (ErrnoException e) {
            assertEquals(Errno.EIO, e.errno(), e.getMessage());
        } catch (Throwable e) {
            throw new AssertionError("neither done nor EIO", e);
        }
    }

    private void assertDamaged(Executable call) {
        ErrnoException e = assertErrno(Errno.EIO, call);
        assertTrue(e.getMessage().contains("damaged"), e.getMessage());
        assertTrue(e.getMessage().contains(queue.file().toString()), e.getMessage());
    }
}
