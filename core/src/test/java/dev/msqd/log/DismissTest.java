package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.SlotDescriptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receivers of stopped processes leave the line (R56), and what was handed to them goes back to its place. */
@Timeout(60)
class DismissTest {
    private static final long TICKET = 9;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party stopped;
    private Party other;
    private Party keeper;
    private long epoch;

    @BeforeEach
    void join() {
        sender = queue.join();
        stopped = queue.join();
        other = queue.join();
        keeper = queue.join();
        epoch = queue.memory().state().rescanEpoch();
    }

    private void arm(Party receiver, long word) {
        receiver.slot.armWaiter(word);
        ArmedSlots.receivers(receiver.memory).set(receiver.slot.index());
    }

    /** Claims a record for the receiver and hands it over; it is not committed yet. */
    private int hand(Party receiver, int length) {
        int offset = sender.claim(length);
        sender.fill(offset, 1, Party.payload(0, length), ClaimWord.taken(0, receiver.slot.tag()));
        arm(receiver, SlotDescriptor.handed(sender.appender.address(offset)));
        return offset;
    }

    private Repair.Report dismiss() {
        return new Repair(keeper.chain).dismiss(keeper.slot, client -> client == stopped.clientId, slot -> {});
    }

    private void assertNothingPinned() {
        assertEquals(-1, keeper.slot.pinnedPlace(SlotDescriptor.CANDIDATE_PIN));
    }

    @Test
    void whoWaitsLeavesTheLine() {
        arm(stopped, SlotDescriptor.waiting(TICKET));
        arm(other, SlotDescriptor.waiting(TICKET + 1));
        assertEquals(new Repair.Report(1, 0, 0, null), dismiss());
        // R56
        assertEquals(SlotDescriptor.NUDGED, stopped.slot.waiterWord());
        assertEquals(SlotDescriptor.waiting(TICKET + 1), other.slot.waiterWord());
        assertEquals(epoch, queue.memory().state().rescanEpoch());
        // A second time there is nobody in the line.
        assertEquals(new Repair.Report(0, 0, 0, null), dismiss());
    }

    @Test
    void whoStillLooksOrWasWokenIsLeftAlone() {
        for (long word : new long[] {SlotDescriptor.arming(TICKET), SlotDescriptor.NUDGED, SlotDescriptor.TOO_BIG}) {
            arm(stopped, word);
            assertEquals(new Repair.Report(0, 0, 0, null), dismiss());
            assertEquals(word, stopped.slot.waiterWord());
        }
    }

    @Test
    void handedMessageIsThereForOthers() {
        int offset = hand(stopped, 50);
        sender.appender.commit(offset, 1);
        other.assertReceivesNothing();
        assertEquals(new Repair.Report(1, 0, 1, null), dismiss());
        assertEquals(SlotDescriptor.NUDGED, stopped.slot.waiterWord());
        // Invariant 7: who is past it looks again.
        assertNotEquals(epoch, queue.memory().state().rescanEpoch());
        other.cursor.rewind();
        other.assertReceives(0, 50);
        assertNothingPinned();
        queue.assertQueued(0, 0);
    }

    @Test
    void handedMessageThatIsBeingWrittenIsThereOnceItIsCommitted() {
        int offset = hand(stopped, 50);
        assertEquals(new Repair.Report(1, 0, 1, null), dismiss());
        // Invariant 3: the sender lives, its commit holds.
        assertTrue(sender.appender.commit(offset, 1));
        other.assertReceives(0, 50);
        queue.assertQueued(0, 0);
    }

    @Test
    void longMessageIsThereForOthers() {
        int length = 3 * HotQueue.SEGMENT_LENGTH;
        int offset = hand(stopped, length);
        sender.appender.commit(offset, 1);
        assertEquals(new Repair.Report(1, 0, 1, null), dismiss());
        other.assertReceives(0, length);
        queue.assertQueued(0, 0);
    }

    /** What the others hold in the same segment stays theirs. */
    @Test
    void nothingElseIsTouched() {
        sender.send(1, 10);
        assertTrue(other.takeNext());
        int open = sender.claim(20);
        int offset = hand(stopped, 50);
        sender.appender.commit(offset, 1);
        assertEquals(new Repair.Report(1, 0, 1, null), dismiss());
        assertTrue(other.cursor.consume());
        sender.fill(open, 1, Party.payload(2, 20), ClaimWord.AVAILABLE);
        assertTrue(sender.appender.commit(open, 1));
        queue.assertQueued(70, 2);
    }

    @Test
    void handedMessageOfTheRunningIsLeftAlone() {
        int offset = hand(other, 50);
        sender.appender.commit(offset, 1);
        long word = other.slot.waiterWord();
        assertEquals(new Repair.Report(0, 0, 0, null), dismiss());
        assertEquals(word, other.slot.waiterWord());
        assertEquals(Cursor.MESSAGE, other.cursor.lookAtHanded(word));
        assertTrue(other.cursor.isTaken());
    }

    /** Invariant 9: killed after the record was taken over, before anything else. */
    @Test
    void dismissalThatStoppedIsDoneByRepair() {
        int offset = hand(stopped, 50);
        sender.appender.commit(offset, 1);
        long address = sender.appender.address(offset);
        keeper.slot.pin(SlotDescriptor.CANDIDATE_PIN, queue.memory().placeOf(address));
        queue.claimAt(address, ClaimWord.taken(0, keeper.slot.tag()));
        assertEquals(new Repair.Report(1, 0, 1, null), queue.repairAllBut(sender, stopped, other));
        // Who was handed it may not trust the word any more.
        assertEquals(SlotDescriptor.NUDGED, stopped.slot.waiterWord());
        other.assertReceives(0, 50);
        queue.assertQueued(0, 0);
    }
}
