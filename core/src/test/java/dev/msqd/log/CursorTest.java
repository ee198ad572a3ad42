package dev.msqd.log;

import static dev.msqd.log.Cursor.END;
import static dev.msqd.log.Cursor.MESSAGE;
import static dev.msqd.log.Cursor.TERMINAL;
import static dev.msqd.log.Cursor.WRITING;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SlotDescriptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CursorTest {
    private static final int LOGGED = 4;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;
    private Party other;

    @BeforeEach
    void join() {
        sender = queue.join();
        receiver = queue.join();
        other = queue.join();
    }

    // ---- walking

    @Test
    void anEmptyLogEndsAtOnce() {
        assertEquals(END, receiver.cursor.look());
        sender.send(0, 1);
        assertEquals(MESSAGE, receiver.cursor.look());
    }

    @Test
    void everyRecordIsPassedInOrder() {
        sender.send(0, 10);
        int open = sender.claim(20);
        int aborted = sender.claim(30);
        sender.appender.abort(aborted);
        sender.send(3, 40);

        assertEquals(MESSAGE, receiver.cursor.look());
        assertEquals(SEGMENT_LENGTH, receiver.cursor.position());
        assertArrayEquals(Party.payload(0, 10), receiver.found());
        receiver.cursor.step();
        assertEquals(WRITING, receiver.cursor.look());
        assertEquals(SEGMENT_LENGTH + open, receiver.cursor.position());
        assertEquals(open, receiver.cursor.address());
        assertFalse(receiver.cursor.isAvailable());
        receiver.cursor.step();
        // the dead one is stepped over
        assertEquals(MESSAGE, receiver.cursor.look());
        assertArrayEquals(Party.payload(3, 40), receiver.found());
        receiver.cursor.step();
        assertEquals(END, receiver.cursor.look());
        assertEquals(sender.appender.endPosition(), receiver.cursor.position());
    }

    @Test
    void lookingChangesNothing() {
        sender.send(0, 10);
        for (int i = 0; i < 3; i++) {
            assertEquals(MESSAGE, receiver.cursor.look());
            assertTrue(receiver.cursor.isAvailable());
        }
        queue.assertQueued(10, 1);
    }

    @Test
    void stepGoesPastWhatLookFoundWhateverWasLookedAtSince() {
        sender.send(0, 10);
        sender.send(1, 1000);
        sender.send(2, 20);
        receiver.cursor.look();
        long first = receiver.cursor.address();
        receiver.cursor.step();
        receiver.cursor.look();

        assertEquals(MESSAGE, receiver.cursor.lookAt(SEGMENT_LENGTH + first, first));
        assertArrayEquals(Party.payload(0, 10), receiver.found());
        receiver.cursor.step();

        assertEquals(MESSAGE, receiver.cursor.look());
        assertArrayEquals(Party.payload(2, 20), receiver.found());
    }

    @Test
    void rewindLeadsBackToTheOldest() {
        for (int number = 0; number < 10; number++) {
            sender.send(number, LONGEST / 2);
        }
        other.assertReceives(0, LONGEST / 2);
        while (receiver.cursor.look() != END) {
            receiver.cursor.step();
        }
        receiver.cursor.rewind();

        // what is consumed is passed, or given back with its segment
        for (int number = 1; number < 10; number++) {
            receiver.assertReceives(number, LONGEST / 2);
        }
    }

    @Test
    void whoReleasesPinsNothing() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        receiver.cursor.look();
        receiver.cursor.step();
        receiver.cursor.look();
        receiver.cursor.lookAt(SEGMENT_LENGTH, 0);
        // invariant 10
        assertEquals(1, receiver.slot.pinnedPlace(SlotDescriptor.RECEIVING_PIN));
        assertEquals(0, receiver.slot.pinnedPlace(SlotDescriptor.CANDIDATE_PIN));

        receiver.cursor.release();

        assertEquals(-1, receiver.slot.pinnedPlace(SlotDescriptor.RECEIVING_PIN));
        assertEquals(-1, receiver.slot.pinnedPlace(SlotDescriptor.CANDIDATE_PIN));
        receiver.assertReceives(0, LONGEST);
    }

    // ---- taking

    /** Invariants 2 and 3. */
    @Test
    void oneOfSeveralTakes() {
        sender.send(0, 10);
        assertEquals(MESSAGE, receiver.cursor.look());
        assertEquals(MESSAGE, other.cursor.look());

        assertTrue(receiver.cursor.take());
        assertFalse(other.cursor.take());
        assertFalse(other.cursor.isTaken());
        assertTrue(receiver.cursor.isTaken());
        assertEquals(ClaimWord.taken(ClaimWord.AVAILABLE, receiver.slot.tag()), queue.claimAt(0));
        // taken is not received yet
        queue.assertQueued(10, 1);

        assertTrue(receiver.cursor.consume());
        assertEquals(ClaimWord.consumed(ClaimWord.AVAILABLE, receiver.slot.tag()), queue.claimAt(0));
        assertTrue(receiver.cursor.isConsumed());
        assertFalse(receiver.cursor.take());
        assertEquals(Quantity.ofMessage(10), receiver.slot.total());
        assertEquals(-1, receiver.slot.pendingAddress());
        queue.assertQueued(0, 0);
    }

    /** Invariant 7: a message that went back to its place is where everybody looks again. */
    @Test
    void whatIsGivenBackIsThereAgain() {
        sender.send(0, 10);
        sender.send(1, 10);
        assertTrue(receiver.takeNext());
        assertTrue(other.takeNext());
        long epoch = queue.memory().state().rescanEpoch();

        receiver.cursor.giveBack();

        assertNotEquals(epoch, queue.memory().state().rescanEpoch());
        assertEquals(ClaimWord.AVAILABLE, queue.claimAt(0));
        queue.assertQueued(20, 2);
        other.cursor.giveBack();
        other.cursor.rewind();
        other.assertReceives(0, 10);
        other.assertReceives(1, 10);
        queue.assertQueued(0, 0);
    }

    /** Invariant 3: a message that was declared somebody else's is not received. */
    @Test
    void whatIsNotOursAnyMoreIsNotConsumed() {
        sender.send(0, 10);
        assertTrue(receiver.takeNext());
        queue.repairAllBut(sender, other);
        assertTrue(other.takeNext());

        assertFalse(receiver.cursor.consume());
        receiver.cursor.giveBack();

        assertTrue(other.cursor.isTaken());
        assertTrue(other.cursor.consume());
        assertEquals(0, receiver.slot.total());
        queue.assertQueued(0, 0);
    }

    /** Invariant 2: the log's mark may be set at any moment, and every move keeps it. */
    @Test
    void theLogsMarkStandsInNobodysWay() {
        sender.send(0, 10);
        assertEquals(MESSAGE, receiver.cursor.look());
        queue.claimAt(0, ClaimWord.AVAILABLE | LOGGED);
        // The mark came between the look and the taking.
        assertTrue(receiver.cursor.take());
        receiver.cursor.giveBack();
        assertEquals(ClaimWord.AVAILABLE | LOGGED, queue.claimAt(0));

        queue.claimAt(0, ClaimWord.AVAILABLE);
        receiver.cursor.rewind();
        assertTrue(receiver.takeNext());
        queue.claimAt(0, queue.claimAt(0) | LOGGED);
        assertTrue(receiver.cursor.consume());
        assertEquals(ClaimWord.consumed(LOGGED, receiver.slot.tag()), queue.claimAt(0));
        queue.assertQueued(0, 0);
    }

    /** The mark comes while the message goes back. */
    @Test
    void whatIsGivenBackKeepsAMarkThatCameLate() {
        sender.send(0, 10);
        assertTrue(receiver.takeNext());
        queue.claimAt(0, queue.claimAt(0) | LOGGED);

        receiver.cursor.giveBack();

        assertEquals(ClaimWord.AVAILABLE | LOGGED, queue.claimAt(0));
    }

    // ---- looking back

    @Test
    void whatWasBeingWrittenIsLookedAtAgain() {
        int committed = sender.claim(10);
        int aborted = sender.claim(20);
        long[] positions = new long[2];
        for (int i = 0; i < 2; i++) {
            assertEquals(WRITING, receiver.cursor.look());
            positions[i] = receiver.cursor.position();
            receiver.cursor.step();
        }
        assertEquals(WRITING, receiver.cursor.lookAt(positions[0], committed));

        sender.fill(committed, 1, Party.payload(0, 10), ClaimWord.AVAILABLE);
        sender.appender.commit(committed, 1);
        sender.appender.abort(aborted);

        assertEquals(TERMINAL, receiver.cursor.lookAt(positions[1], aborted));
        assertEquals(MESSAGE, receiver.cursor.lookAt(positions[0], committed));
        assertTrue(receiver.cursor.take());
        assertTrue(receiver.cursor.consume());
        assertEquals(TERMINAL, receiver.cursor.lookAt(positions[0], committed));
        queue.assertQueued(0, 0);
    }

    /** Invariants 10 and 13: a place tells by its segment's number that it holds another one now. */
    @Test
    void whatWasGivenBackWithItsSegmentIsTerminal() {
        sender.send(0, LONGEST);
        receiver.cursor.look();
        long position = receiver.cursor.position();
        long address = receiver.cursor.address();
        receiver.cursor.release();
        for (int number = 0; number < 10; number++) {
            other.assertReceives(number, LONGEST);
            sender.send(number + 1, LONGEST);
        }
        // a later segment lies in the same place, and its first record looks just like the one that was skipped
        assertEquals(1, queue.table().numberAt(0) > 1 ? 1 : 0);
        assertEquals(TERMINAL, receiver.cursor.lookAt(position, address));
        assertEquals(TERMINAL, receiver.cursor.lookAt(position, address));
    }

    @Test
    void lookingBackPinsAndLooksFurtherBackWithoutLosingThePlace() {
        for (int number = 0; number < 4; number++) {
            sender.send(number, LONGEST);
        }
        for (int i = 0; i < 4; i++) {
            receiver.cursor.look();
            receiver.cursor.step();
        }
        for (int place : new int[] {0, 2, 1, 1, 3, 0}) {
            assertEquals(MESSAGE,
                receiver.cursor.lookAt((place + 1L) * SEGMENT_LENGTH, (long) place * SEGMENT_LENGTH));
            assertArrayEquals(Party.payload(place, LONGEST), receiver.found());
        }
        assertEquals(END, receiver.cursor.look());
        sender.send(4, 1);
        receiver.assertReceives(4, 1);
    }

    // ---- handed over

    @Test
    void aRecordThatIsHandedOverIsFoundAndPinned() {
        sender.send(0, LONGEST);
        int offset = sender.claim(10);
        sender.fill(offset, 5, Party.payload(1, 10), ClaimWord.taken(0, receiver.slot.tag()));
        long word = SlotDescriptor.handed(sender.appender.address(offset));
        receiver.slot.armWaiter(word);

        assertEquals(WRITING, receiver.cursor.lookAtHanded(word));
        assertEquals(1, receiver.slot.pinnedPlace(SlotDescriptor.CANDIDATE_PIN));
        sender.appender.commit(offset, 5);

        assertEquals(MESSAGE, receiver.cursor.lookAtHanded(word));
        assertTrue(receiver.cursor.isTaken());
        assertEquals(5, receiver.cursor.mtype());
        receiver.slot.idleWaiter();
        // nobody else can have it
        other.assertReceives(0, LONGEST);
        other.assertReceivesNothing();
        assertTrue(receiver.cursor.consume());
        queue.assertQueued(0, 0);
    }

    /** As long as the waiter's word names a record it is not terminal; a word that changed tells nothing. */
    @Test
    void aRecordThatWasTakenBackIsTerminal() {
        int offset = sender.claim(10);
        sender.fill(offset, 5, Party.payload(1, 10), ClaimWord.taken(0, receiver.slot.tag()));
        long word = SlotDescriptor.handed(sender.appender.address(offset));
        receiver.slot.armWaiter(word);
        assertEquals(WRITING, receiver.cursor.lookAtHanded(word));

        receiver.slot.moveWaiter(word, SlotDescriptor.NUDGED);

        assertEquals(TERMINAL, receiver.cursor.lookAtHanded(word));
    }

    @Test
    void nothingIsHandedOverInAPlaceThatHoldsNoSegment() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        other.assertReceives(0, LONGEST);
        other.assertReceives(1, LONGEST);
        other.assertReceivesNothing();
        // the first segment was given back when the cursor left it
        assertEquals(0, queue.table().numberAt(0));
        long word = SlotDescriptor.handed(0);
        receiver.slot.armWaiter(word);

        assertEquals(TERMINAL, receiver.cursor.lookAtHanded(word));
    }
}
