package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.layout.SlotDescriptor.APPENDING_PIN;
import static dev.msqd.layout.SlotDescriptor.CANDIDATE_PIN;
import static dev.msqd.layout.SlotDescriptor.RECEIVING_PIN;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a segment: made, linked, followed, retired, used again, given back. */
@Timeout(120)
class SegmentChainTest {
    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;

    @BeforeEach
    void join() {
        sender = queue.join();
        receiver = queue.join();
    }

    // ---- used again

    /** One message a segment, thousands of segments: a handful of places serves them all. */
    @ParameterizedTest
    @ValueSource(ints = {LONGEST, LONGEST / 2, LONGEST / 3 - 32, 100})
    void steadyTrafficUsesAFewPlacesAgainAndAgain(int length) {
        int segments = 3000;
        int perSegment = SEGMENT_LENGTH / RecordDescriptor.aligned(RecordDescriptor.HEADER_LENGTH + length);
        for (int number = 0; number < segments * perSegment; number++) {
            sender.send(number, length);
            receiver.assertReceives(number, length);
        }
        assertTrue(SegmentLink.number(queue.table().tail()) >= segments);
        assertTrue(queue.table().placeLimit() <= 3, () -> queue.table().placeLimit() + " places");
        queue.assertQueued(0, 0);
    }

    /** The same with a queue that always holds some: places for what is live, and a few more. */
    @Test
    void aStandingQueueUsesPlacesForWhatItHolds() {
        int held = 20;
        for (int number = 0; number < held; number++) {
            sender.send(number, LONGEST);
        }
        for (int number = held; number < 3000; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number - held, LONGEST);
        }
        assertTrue(queue.table().placeLimit() <= held + 3, () -> queue.table().placeLimit() + " places");
        queue.assertQueued((long) held * LONGEST, held);
    }

    /** One message that nobody wants, at the very front. */
    @Test
    void aStragglerDoesNotStopTheReuseOfLaterSegments() {
        sender.send(-1, LONGEST);
        assertTrue(receiver.takeNext());
        receiver.cursor.giveBack();
        receiver.cursor.step();
        for (int number = 0; number < 3000; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
        }
        assertTrue(queue.table().placeLimit() <= 4, () -> queue.table().placeLimit() + " places");
        assertEquals(SegmentLink.link(1, 0), queue.table().head());
        queue.assertQueued(LONGEST, 1);
        // invariant 7: and it is reachable still
        Party late = queue.join();
        late.assertReceives(-1, LONGEST);
        queue.assertQueued(0, 0);
    }

    /** Stragglers all over: each holds its own segment and no other. */
    @Test
    void stragglersHoldTheirOwnSegmentsOnly() {
        List<Integer> left = new ArrayList<>();
        for (int number = 0; number < 3000; number++) {
            sender.send(number, LONGEST);
            if (number % 100 == 50) {
                assertEquals(Cursor.MESSAGE, receiver.cursor.look());
                receiver.cursor.step();
                left.add(number);
            } else {
                receiver.assertReceives(number, LONGEST);
            }
        }
        assertTrue(queue.table().placeLimit() <= left.size() + 4, () -> queue.table().placeLimit() + " places");
        queue.assertQueued((long) left.size() * LONGEST, left.size());
        receiver.cursor.rewind();
        for (int number : left) {
            receiver.assertReceives(number, LONGEST);
        }
        sender.send(0, LONGEST);
        receiver.assertReceives(0, LONGEST);
        queue.reclaim();
        // the tail's segment alone is in the chain then
        assertEquals(1, queue.places(LINKED));
        queue.assertQueued(0, 0);
    }

    /**
     * More live segments at the front than a short run looks at. What lies behind them is found by the full runs, which
     * come the more seldom the longer the chain is; what piles up in between is bounded by that.
     */
    @ParameterizedTest
    @ValueSource(ints = {31, 32, 33, 64, 300})
    void manyLiveSegmentsDoNotStopTheReuseOfLaterOnes(int live) {
        for (int number = 0; number < live; number++) {
            sender.send(number, LONGEST);
        }
        while (receiver.cursor.look() != Cursor.END) {
            receiver.cursor.step();
        }
        for (int number = 0; number < 2000; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
        }
        int bound = live + live / 32 + 5;
        assertTrue(queue.table().placeLimit() <= bound, () -> queue.table().placeLimit() + " places of " + bound);
        queue.assertQueued((long) live * LONGEST, live);
    }

    /** Full runs come often enough also when the chain first grows and then shrinks. */
    @Test
    void aLongChainThatWasReceivedIsGivenBackWhole() {
        for (int number = 0; number < 500; number++) {
            sender.send(number, LONGEST);
        }
        for (int number = 0; number < 500; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        for (int number = 0; number < 40; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
        }
        assertEquals(500, queue.table().placeLimit());
        assertTrue(queue.places(LINKED) <= 3, () -> queue.places(LINKED) + " segments linked");
        assertEquals(500, queue.places(LINKED) + queue.places(READY) + queue.places(RETIRED));
        assertTrue(queue.places(RETIRED) <= 1);
        queue.assertQueued(0, 0);
    }

    // ---- pins

    /** Invariant 10: who stopped in the middle of a segment sees its bytes as long as it looks at them. */
    @Test
    void whatACursorStandsInStaysAsItIs() {
        sender.send(0, 5000);
        sender.send(1, 5000);
        sender.send(2, LONGEST);
        Party slow = queue.join();
        assertEquals(Cursor.MESSAGE, slow.cursor.look());
        assertArrayEquals(Party.payload(0, 5000), slow.found());
        slow.cursor.step();
        assertEquals(Cursor.MESSAGE, slow.cursor.look());

        receiver.assertReceives(0, 5000);
        receiver.assertReceives(1, 5000);
        receiver.assertReceives(2, LONGEST);
        for (int number = 3; number < 1000; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
            assertArrayEquals(Party.payload(1, 5000), slow.found(), "after message " + number);
        }
        int slowPlace = slow.slot.pinnedPlace(RECEIVING_PIN);
        assertEquals(RETIRED, queue.stateOf(slowPlace));
        assertTrue(queue.table().placeLimit() <= 4, () -> queue.table().placeLimit() + " places");

        // it finds its way, though what followed its segment is gone too (invariant 7)
        assertFalse(slow.cursor.take());
        sender.send(1000, 7);
        slow.assertReceives(1000, 7);
        receiver.assertReceivesNothing();
        // and its segment can be used again
        queue.reclaim();
        assertEquals(READY, queue.stateOf(slowPlace));
        queue.assertQueued(0, 0);
    }

    /** The same for a segment that was looked back into. */
    @Test
    void whatACursorLooksBackIntoStaysAsItIs() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        Party slow = queue.join();
        while (slow.cursor.look() != Cursor.END) {
            slow.cursor.step();
        }
        assertEquals(Cursor.MESSAGE, slow.cursor.lookAt(SEGMENT_LENGTH, 0));
        for (int number = 0; number < 500; number++) {
            receiver.assertReceives(number, LONGEST);
            sender.send(number + 2, LONGEST);
            assertArrayEquals(Party.payload(0, LONGEST), slow.found());
        }
        // still pinned, it is not read as another segment's
        assertEquals(Cursor.TERMINAL, slow.cursor.lookAt(SEGMENT_LENGTH, 0));
        assertEquals(RETIRED, queue.stateOf(0));
        slow.cursor.release();
        queue.reclaim();
        assertEquals(READY, queue.stateOf(0));
    }

    /** The same for a segment that a sender stopped in; when it goes on it appends at the end. */
    @Test
    void aSenderThatSleptGoesOnAtTheEnd() {
        Party slow = queue.join();
        slow.send(0, 100);
        int slowPlace = slow.slot.pinnedPlace(APPENDING_PIN);
        receiver.assertReceives(0, 100);
        for (int number = 1; number < 1000; number++) {
            sender.send(number, LONGEST - 200);
            receiver.assertReceives(number, LONGEST - 200);
        }
        assertEquals(slowPlace, slow.slot.pinnedPlace(APPENDING_PIN));
        assertEquals(RETIRED, queue.stateOf(slowPlace));

        slow.send(1000, 10);
        sender.send(1001, 20);
        slow.send(1002, 30);

        receiver.assertReceives(1000, 10);
        receiver.assertReceives(1001, 20);
        receiver.assertReceives(1002, 30);
        receiver.assertReceivesNothing();
        queue.reclaim();
        assertNotEquals(RETIRED, queue.stateOf(slowPlace));
        // invariant 5
        queue.assertQueued(0, 0);
    }

    /** A sender that slept asks for the quantity queued: it finds the end, too. */
    @Test
    void aSumThatIsAskedForLateIsExact() {
        Party slow = queue.join();
        slow.send(0, 100);
        for (int number = 1; number < 300; number++) {
            sender.send(number, LONGEST - 200);
            receiver.receive();
        }
        assertEquals(Quantity.ofMessage(LONGEST - 200), slow.appender.live());
        assertEquals(sender.appender.endPosition(), slow.appender.endPosition());
    }

    /**
     * Invariant 7: a cursor whose next segment is gone goes on with the first that is there, whatever was skipped
     * before.
     */
    @Test
    void aCursorWhoseNextIsGoneFindsTheFirstThatIsThere() {
        for (int number = 0; number < 10; number++) {
            sender.send(number, LONGEST);
        }
        Party slow = queue.join();
        assertTrue(slow.takeNext());
        Party other = queue.join();
        for (int number = 1; number < 5; number++) {
            other.assertReceives(number, LONGEST);
        }
        queue.reclaim();
        assertEquals(6, queue.places(LINKED));
        assertTrue(slow.cursor.consume());
        slow.cursor.step();

        for (int number = 5; number < 10; number++) {
            slow.assertReceives(number, LONGEST);
        }
        slow.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** It goes on, never back: what was skipped before is not met twice. */
    @Test
    void aCursorWhoseNextIsGoneDoesNotGoBack() {
        for (int number = 0; number < 6; number++) {
            sender.send(number, LONGEST);
        }
        Party slow = queue.join();
        for (int i = 0; i < 3; i++) {
            assertEquals(Cursor.MESSAGE, slow.cursor.look());
            slow.cursor.step();
        }
        // the first two stay and are the head; the next three are received, and the cursor stands in one of them
        for (int i = 0; i < 2; i++) {
            receiver.cursor.look();
            receiver.cursor.step();
        }
        for (int number = 2; number < 5; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        queue.reclaim();
        receiver.cursor.release();
        queue.reclaim();
        assertEquals(RETIRED, queue.stateOf(2));
        assertEquals(READY, queue.stateOf(3));

        assertEquals(Cursor.MESSAGE, slow.cursor.look());
        assertTrue(slow.cursor.position() > 4L * SEGMENT_LENGTH, () -> "position " + slow.cursor.position());
        slow.assertReceives(5, LONGEST);
        slow.assertReceivesNothing();
        queue.assertQueued(2L * LONGEST, 2);
    }

    /** A pin that came too late counts for nothing, and does no harm but to hold the place until it moves on. */
    @Test
    void aPinOnWhatIsGoneIsRefused() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        long gone = queue.table().head();
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, LONGEST);
        receiver.assertReceivesNothing();
        queue.reclaim();

        assertFalse(sender.chain.pin(sender.slot, CANDIDATE_PIN, gone));
        assertTrue(sender.chain.pin(sender.slot, CANDIDATE_PIN, queue.table().tail()));
        assertEquals(queue.table().tail(), sender.chain.pinHead(sender.slot, CANDIDATE_PIN));
    }

    // ---- linking

    /** Two find the end of the chain at once: there is one next segment, and the second takes that. */
    @Test
    void whoComesSecondTakesTheSegmentThatIsThere() {
        sender.send(0, LONGEST);
        long last = queue.table().tail();
        Party other = queue.join();
        other.send(1, 100);

        assertFalse(queue.table().append(last, SegmentLink.link(2, 5)));
        long next = sender.chain.extend(sender.slot, APPENDING_PIN, last, Quantity.ofMessage(LONGEST));

        assertEquals(queue.table().tail(), next);
        assertEquals(2, SegmentLink.number(next));
        assertEquals(2, queue.table().placeLimit());
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, 100);
        queue.assertQueued(0, 0);
    }

    /** PREPARED becomes LINKED after the append, by whoever sees it first. */
    @Test
    void aSegmentIsMarkedLinkedByWhoeverComesFirst() {
        sender.send(0, LONGEST);
        sender.send(1, 1);
        queue.entryLong(1, SegmentTableDescriptor.WORD_OFFSET, word(PREPARED, 2));

        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, 1);

        assertEquals(LINKED, queue.stateOf(1));
        assertEquals(2, queue.table().numberAt(1));
    }

    /** Invariant 11. The one that appended a segment may die before it moves the tail. */
    @Test
    void theTailMovesForwardOnlyAndMayLag() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        sender.send(2, 1);
        long tail = queue.table().tail();
        assertEquals(3, SegmentLink.number(tail));
        queue.table().advanceTail(SegmentLink.link(2, 1));
        assertEquals(tail, queue.table().tail());

        queue.stateLong(StateDescriptor.TAIL_OFFSET, SegmentLink.link(1, 0));
        Party newcomer = queue.join();
        newcomer.send(3, 2);
        assertEquals(tail, queue.table().tail());
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, LONGEST);
        receiver.assertReceives(2, 1);
        receiver.assertReceives(3, 2);
        queue.assertQueued(0, 0);
    }

    /** The tail's segment is never given back, though nothing in it is live: somebody must know where the end is. */
    @Test
    void theTailIsNeverReclaimed() {
        sender.send(0, LONGEST);
        receiver.assertReceives(0, LONGEST);
        sender.leave();
        receiver.leave();

        assertEquals(0, queue.reclaim());

        assertEquals(LINKED, queue.stateOf(0));
        queue.assertQueued(0, 0);
    }

    /** Invariant 10: nor is the segment that a tail names which lags behind, as long as it lags. */
    @Test
    void theTailThatLagsIsNotReclaimed() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        sender.send(2, 1);
        queue.stateLong(StateDescriptor.TAIL_OFFSET, SegmentLink.link(2, 1));
        assertEquals(3, receiver.receiveAll().size());
        sender.leave();
        receiver.leave();

        queue.reclaim();

        assertEquals(READY, queue.stateOf(0));
        assertEquals(LINKED, queue.stateOf(1));
        Party newcomer = queue.join();
        newcomer.send(3, 2);
        newcomer.assertReceives(3, 2);
        queue.reclaim();
        assertEquals(1, queue.places(LINKED));
        queue.assertQueued(0, 0);
    }

    /** Dead records are as terminal as received ones. */
    @Test
    void aSegmentOfTheDeadIsReclaimed() {
        for (int i = 0; i < 10; i++) {
            sender.appender.abort(sender.claim(LONGEST));
        }
        sender.send(0, 1);
        queue.reclaim();
        assertEquals(1, queue.places(LINKED));
        receiver.assertReceives(0, 1);
        queue.assertQueued(0, 0);
    }

    /** A message that is taken, or being written, holds its segment. */
    @Test
    void whatIsNotTerminalIsNotReclaimed() {
        sender.send(0, LONGEST);
        Party writer = queue.join();
        int open = writer.claim(LONGEST);
        sender.send(2, LONGEST);
        sender.send(3, LONGEST);
        assertTrue(receiver.takeNext());
        Party other = queue.join();
        other.assertReceives(2, LONGEST);

        queue.reclaim();
        queue.reclaim();

        assertEquals(LINKED, queue.stateOf(0));
        assertEquals(LINKED, queue.stateOf(1));
        assertEquals(3, queue.places(LINKED));
        writer.fill(open, 1, Party.payload(1, LONGEST), ClaimWord.AVAILABLE);
        assertTrue(writer.appender.commit(open, 1));
        assertTrue(receiver.cursor.consume());
        receiver.cursor.step();
        receiver.assertReceives(1, LONGEST);
        receiver.assertReceives(3, LONGEST);
        queue.assertQueued(0, 0);
    }

    /** A look from the front again begins behind what is known to be terminal, and no further. */
    @Test
    void progressIsKeptBehindWhatIsLive() {
        for (int number = 0; number < 10; number++) {
            sender.send(number, 1000);
        }
        sender.send(10, LONGEST);
        for (int number = 0; number < 4; number++) {
            receiver.assertReceives(number, 1000);
        }
        queue.reclaim();
        assertEquals(4 * RecordDescriptor.aligned(1032), queue.table().reclaimProgress(0, SEGMENT_LENGTH));

        Party late = queue.join();
        late.assertReceives(4, 1000);
        receiver.assertReceives(5, 1000);
        queue.reclaim();
        assertEquals(6 * RecordDescriptor.aligned(1032), queue.table().reclaimProgress(0, SEGMENT_LENGTH));
        queue.assertQueued(4 * 1000 + LONGEST, 5);
    }

    // ---- one reclaims at a time

    @Test
    void whoFindsAnotherReclaimingGoesOn() {
        for (int number = 0; number < 3; number++) {
            sender.send(number, LONGEST);
            receiver.receive();
        }
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, 12345);
        int ready = queue.places(READY);

        assertEquals(0, queue.reclaim());
        for (int number = 0; number < 5; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
        }

        assertEquals(12345, queue.stateLong(StateDescriptor.RECLAIMER_OFFSET));
        queue.chain().reclaimer().releaseFor(99999);
        assertEquals(12345, queue.chain().reclaimer().reclaiming());
        queue.chain().reclaimer().releaseFor(12345);
        assertTrue(queue.reclaim() >= 5 - ready);
        assertEquals(0, queue.chain().reclaimer().reclaiming());
        queue.assertQueued(0, 0);
    }

    /** What a reclaimer left that died anywhere is found again by the next. */
    @Test
    void aReclaimThatStoppedAnywhereIsDoneByTheNext() {
        for (int number = 0; number < 6; number++) {
            sender.send(number, LONGEST);
        }
        // nobody reclaims while the middle three are received
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, 12345);
        receiver.cursor.look();
        receiver.cursor.step();
        for (int number = 1; number < 4; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        receiver.cursor.release();
        List<Long> links = new ArrayList<>();
        for (long link = queue.table().head(); link != SegmentLink.NONE; link = queue.table().next(link)) {
            links.add(link);
        }
        assertEquals(6, links.size());
        // one who did died: all three are bypassed; the second is retired; the third is, and half zeroed
        SegmentTable table = queue.table();
        table.bypass(links.get(0), links.get(4));
        int retired = SegmentLink.place(links.get(2));
        assertTrue(table.moveEntry(retired, word(LINKED, 3), word(RETIRED, 3)));
        int zeroed = SegmentLink.place(links.get(3));
        assertTrue(table.moveEntry(zeroed, word(LINKED, 4), word(RETIRED, 4)));
        queue.memory().segment(zeroed).setMemory(0, SEGMENT_LENGTH / 2, (byte) 0);

        assertEquals(0, queue.reclaim());
        queue.chain().reclaimer().releaseFor(12345);
        assertEquals(3, queue.reclaim());

        assertEquals(READY, queue.stateOf(SegmentLink.place(links.get(1))));
        assertEquals(READY, queue.stateOf(retired));
        assertEquals(READY, queue.stateOf(zeroed));
        queue.assertQueued(3 * LONGEST, 3);
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(4, LONGEST);
        receiver.assertReceives(5, LONGEST);
    }

    // ---- given back to the file system

    @Test
    void trimGivesBlocksBack() {
        for (int number = 0; number < 50; number++) {
            sender.send(number, LONGEST);
        }
        for (int number = 0; number < 50; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        sender.send(50, 1);
        receiver.assertReceives(50, 1);
        queue.reclaim();
        int ready = queue.places(READY);
        assertTrue(ready >= 47, () -> ready + " ready");
        long blocks = HotQueue.blocks(queue.file());
        Party keeper = queue.join();

        assertEquals(0, keeper.chain.trim(keeper.slot, ready));
        assertEquals(ready - 3, keeper.chain.trim(keeper.slot, 3));

        assertEquals(3, queue.places(READY));
        assertEquals(ready - 3, queue.places(HOLE));
        assertEquals(blocks - (ready - 3) * (SEGMENT_LENGTH / 512), HotQueue.blocks(queue.file()));
        assertEquals(0, keeper.chain.trim(keeper.slot, 3));

        // and it all begins again, with the spares first
        long before = HotQueue.blocks(queue.file());
        for (int number = 0; number < 3; number++) {
            sender.send(number, LONGEST);
        }
        assertEquals(before, HotQueue.blocks(queue.file()));
        for (int number = 3; number < 50; number++) {
            sender.send(number, LONGEST);
        }
        for (int number = 0; number < 50; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        assertTrue(queue.table().placeLimit() <= 52);
        queue.assertQueued(0, 0);
    }

    @Test
    void trimTakesNothingThatIsInUse() {
        for (int number = 0; number < 5; number++) {
            sender.send(number, LONGEST);
        }
        assertEquals(0, sender.chain.trim(sender.slot, 0));
        for (int number = 0; number < 5; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        queue.assertQueued(0, 0);
    }
}
