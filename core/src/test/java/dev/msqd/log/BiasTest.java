package dev.msqd.log;

import static dev.msqd.layout.BiasWord.ACQUIRING;
import static dev.msqd.layout.BiasWord.NOBODY;
import static dev.msqd.layout.BiasWord.OWNED;
import static dev.msqd.layout.BiasWord.REVOKED;
import static dev.msqd.layout.BiasWord.REVOKING;
import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.SHORTEST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The right to send, or to receive, without locked operations: who has it, how it goes, and what its owner was doing then. */
@Timeout(60)
class BiasTest {
    private static final int SENDERS = StateDescriptor.SENDER_BIAS_OFFSET;
    private static final int RECEIVERS = StateDescriptor.RECEIVER_BIAS_OFFSET;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    /** Has slot 0, and does nothing: a place without a record is not mistaken for one of its tag. */
    private Party bystander;
    private Party owner;
    private Party other;
    private Party receiver;

    @BeforeEach
    void join() {
        bystander = queue.join();
        owner = queue.join();
        other = queue.join();
        receiver = queue.join();
    }

    private int word(int whose) {
        return queue.memory().wholeStateWords().getIntVolatile(whose);
    }

    private void word(int whose, int word) {
        queue.memory().wholeStateWords().putIntVolatile(whose, word);
    }

    private static int word(int state, Party of) {
        return BiasWord.word(state, of.slot.tag());
    }

    /** As one who copies a message does: nobody is told before it is consumed. */
    private static void assertReceivesCopying(Party party, long number, int length) {
        assertEquals(Cursor.MESSAGE, party.cursor.look());
        assertArrayEquals(Party.payload(number, length), party.found());
        assertTrue(party.cursor.receive());
        party.cursor.step();
    }

    // ---- who has it

    @Test
    void theOnlySenderHasIt() {
        owner.send(0, 10);
        assertEquals(word(OWNED, owner), word(SENDERS));
        assertEquals(NOBODY, word(RECEIVERS));
        queue.assertQueued(10, 1);
        receiver.assertReceives(0, 10);
    }

    @Test
    void theOnlyReceiverHasIt() {
        other.send(0, 10);
        assertEquals(Cursor.MESSAGE, owner.cursor.look());
        assertEquals(word(OWNED, owner), word(RECEIVERS));
        assertTrue(owner.cursor.receive());
        assertEquals(word(OWNED, owner), word(RECEIVERS));
        assertEquals(-1, owner.slot.pendingAddress());
        assertEquals(Quantity.ofMessage(10), owner.slot.total());
        queue.assertQueued(0, 0);
    }

    /** Who has its pin may be claiming: it looked at the word before. */
    @Test
    void nobodyHasItWhileAnotherHasItsPin() {
        other.send(0, 10);
        other.appender.release();
        other.appender.live();

        owner.send(1, 10);
        assertEquals(NOBODY, word(SENDERS));

        other.appender.release();
        owner.send(2, LONGEST);
        assertEquals(word(OWNED, owner), word(SENDERS));
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, number == 2 ? LONGEST : 10);
        }
        queue.assertQueued(0, 0);
    }

    /** Nor while another has come as far as the first record, as a receiver that sleeps has. */
    @Test
    void noReceiverHasItWhileAnotherHasItsPin() {
        owner.send(0, 10);
        other.cursor.look();
        other.cursor.release();
        receiver.cursor.look();
        assertEquals(word(OWNED, receiver), word(RECEIVERS));
        owner.cursor.look();
        receiver.cursor.release();
        assertEquals(NOBODY, word(RECEIVERS));
        owner.assertReceives(0, 10);
        assertEquals(NOBODY, word(RECEIVERS), "the pin of one that came while another had it");
    }

    /** The other pins, which everybody has now and then, are no reason. */
    @Test
    void otherPinsDoNotMatter() {
        other.send(0, 10);
        other.appender.release();
        receiver.cursor.look();
        other.slot.pin(SlotDescriptor.CANDIDATE_PIN, 0);
        other.slot.pin(SlotDescriptor.FOLLOWING_PIN, 0);
        owner.send(1, 10);
        assertEquals(word(OWNED, owner), word(SENDERS));
        assertEquals(word(OWNED, receiver), word(RECEIVERS));
    }

    @ParameterizedTest
    @ValueSource(ints = {OWNED, ACQUIRING, REVOKING, REVOKED})
    void itIsNotAcquiredFromAnother(int state) {
        owner.send(0, 10);
        word(SENDERS, word(state, other));
        assertFalse(queue.chain().senderBias().acquire(owner.slot));
        assertEquals(word(state, other), word(SENDERS));
    }

    @ParameterizedTest
    @ValueSource(ints = {ACQUIRING, REVOKING, REVOKED})
    void itIsNotAcquiredWhileItIsTakenAway(int state) {
        owner.send(0, 10);
        word(SENDERS, word(state, owner));
        assertFalse(queue.chain().senderBias().acquire(owner.slot));
        assertEquals(word(state, owner), word(SENDERS));
    }

    @Test
    void whoHasItHasIt() {
        owner.send(0, 10);
        assertTrue(queue.chain().senderBias().acquire(owner.slot));
        assertEquals(word(OWNED, owner), word(SENDERS));
    }

    /** A tag of 0, which one in 65,536 lives of the first slot has, would be nobody's right. */
    @Test
    void theTagThatSaysNobodyHasNone() {
        try (HotQueue another = new HotQueue()) {
            another.memory().allocateSlot(0);
            another.stateLong(StateDescriptor.slotOffset(0) + SlotDescriptor.GENERATION_OFFSET, 0xFFFF);
            Party nameless = another.join();
            assertEquals(0, nameless.slot.tag());
            nameless.send(0, 10);
            assertEquals(NOBODY, another.memory().wholeStateWords().getIntVolatile(SENDERS));
            nameless.assertReceives(0, 10);
            assertEquals(NOBODY, another.memory().wholeStateWords().getIntVolatile(RECEIVERS));
            another.assertQueued(0, 0);
        }
    }

    // ---- how it goes

    @ParameterizedTest
    @CsvSource({"0, 3", "2, 3", "3, 3"})
    void takenAwayItIsRevokedFirst(int state, int after) {
        word(SENDERS, word(state, owner));
        int revoked = queue.chain().senderBias().revoke();
        assertEquals(word(after, owner), revoked);
        assertEquals(revoked, word(SENDERS));
        assertEquals(owner.slot.index(), queue.chain().senderBias().owner(revoked).index());
        queue.chain().senderBias().forget(revoked);
        assertEquals(NOBODY, word(SENDERS));
    }

    /** Who is looking whether it is alone does nothing yet. */
    @Test
    void takenFromWhoIsAcquiringItIsGone() {
        word(SENDERS, word(ACQUIRING, owner));
        assertEquals(NOBODY, queue.chain().senderBias().revoke());
        assertEquals(NOBODY, word(SENDERS));
        assertEquals(NOBODY, queue.chain().senderBias().revoke());
    }

    @ParameterizedTest
    @ValueSource(ints = {OWNED, ACQUIRING, REVOKING, REVOKED})
    void droppedItIsNobodysFromEveryState(int state) {
        word(RECEIVERS, word(state, owner));
        queue.chain().receiverBias().drop(other.slot.tag());
        assertEquals(word(state, owner), word(RECEIVERS));
        queue.chain().receiverBias().drop(owner.slot.tag());
        assertEquals(NOBODY, word(RECEIVERS));
    }

    /** A word that was forgotten late is another's by now. */
    @Test
    void whatIsForgottenIsTheVeryRightThatWasRevoked() {
        word(SENDERS, word(OWNED, other));
        queue.chain().senderBias().forget(word(REVOKED, owner));
        assertEquals(word(OWNED, other), word(SENDERS));
    }

    /** Also when it was taken away and not yet forgotten. */
    @ParameterizedTest
    @ValueSource(ints = {OWNED, REVOKING, REVOKED})
    void whoLeavesHasItNoMore(int state) {
        owner.send(0, 10);
        owner.assertReceives(0, 10);
        word(SENDERS, word(state, owner));
        word(RECEIVERS, word(state, owner));
        queue.leave(owner);
        assertEquals(NOBODY, word(SENDERS));
        assertEquals(NOBODY, word(RECEIVERS));
        queue.assertQueued(0, 0);
    }

    /** The same where its owner has found out. */
    @Test
    void whoLeavesAfterItWasTakenAwayHasItNoMore() {
        owner.send(0, 10);
        owner.send(1, 10);
        owner.cursor.look();
        owner.slot.beginConsuming(owner.cursor.address(), Quantity.ofMessage(10));
        assertTrue(other.takeNext());
        assertEquals(word(REVOKED, owner), word(RECEIVERS));
        assertTrue(owner.cursor.receive());
        queue.leave(owner);
        assertEquals(NOBODY, word(RECEIVERS));
        assertTrue(other.cursor.consume());
        queue.assertQueued(0, 0);
    }

    @Test
    void itIsTakenFromOneThatIsIdle() {
        owner.send(0, 10);
        other.send(1, 10);
        assertEquals(NOBODY, word(SENDERS));
        owner.send(2, 10);
        receiver.assertReceives(0, 10);
        other.assertReceives(1, 10);
        assertEquals(NOBODY, word(RECEIVERS));
        receiver.assertReceives(2, 10);
        queue.assertQueued(0, 0);
    }

    /** It comes back with the next segment, once the other has left. */
    @Test
    void itComesBackWhenTheOtherHasLeft() {
        owner.send(0, 10);
        receiver.assertReceives(0, 10);
        other.send(1, 10);
        other.cursor.rewind();
        other.assertReceives(1, 10);
        assertEquals(NOBODY, word(SENDERS));
        assertEquals(NOBODY, word(RECEIVERS));
        queue.leave(other);
        // past what the other received
        assertEquals(Cursor.MESSAGE, receiver.cursor.look());
        receiver.cursor.step();
        for (int number = 2; number < 6; number++) {
            owner.send(number, LONGEST);
            assertReceivesCopying(receiver, number, LONGEST);
        }
        assertEquals(word(OWNED, owner), word(SENDERS));
        assertEquals(word(OWNED, receiver), word(RECEIVERS));
    }

    /** The dead keep nothing, in whatever state a revocation was left that its maker did not live to end. */
    @ParameterizedTest
    @ValueSource(ints = {OWNED, ACQUIRING, REVOKING, REVOKED})
    void theDeadHaveItNoMore(int state) {
        owner.send(0, 10);
        owner.assertReceives(0, 10);
        word(SENDERS, word(state, owner));
        word(RECEIVERS, word(state, owner));
        owner.close();
        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(bystander, other, receiver));
        assertEquals(NOBODY, word(SENDERS));
        assertEquals(NOBODY, word(RECEIVERS));
        other.send(1, 10);
        receiver.cursor.rewind();
        receiver.assertReceives(1, 10);
        queue.assertQueued(0, 0);
    }

    // ---- a sender that is stopped between its intent and its commit

    /** Claims as a send does, fills, and stops before the commit. */
    private int stopSending(long number, int length) {
        int offset = owner.appender.claimUnseen(length, NO_LIMIT);
        owner.fill(offset, 1, Party.payload(number, length), ClaimWord.AVAILABLE);
        assertEquals(word(OWNED, owner), word(SENDERS));
        assertEquals(0, queue.headerAt(owner.appender.address(offset)), "nobody can see it");
        return offset;
    }

    /** Invariant 6: it comes first that was claimed first. */
    @Test
    void whoSendsNextComesAfterWhatWasBegun() {
        owner.send(0, 10);
        int begun = stopSending(1, 20);

        other.send(2, 30);

        assertEquals(NOBODY, word(SENDERS));
        assertEquals(header(-HEADER_LENGTH - 20, owner.slot.tag()), queue.headerAt(begun));
        receiver.assertReceives(0, 10);
        assertEquals(Cursor.WRITING, receiver.cursor.look());
        queue.assertQueued(50, 2);
        assertTrue(owner.appender.commit(begun, 1, 20));
        owner.send(3, 40);
        for (int number = 1; number < 4; number++) {
            receiver.assertReceives(number, (number + 1) * 10);
        }
        queue.assertQueued(0, 0);
    }

    /** The limit counts it, too (R21). */
    @Test
    void whatWasBegunTakesRoom() {
        owner.send(0, 10);
        int begun = stopSending(1, 60);
        assertFalse(other.trySend(2, 31, 100));
        assertTrue(other.trySend(2, 30, 100));
        assertTrue(owner.appender.commit(begun, 1, 60));
        queue.assertQueued(100, 3);
    }

    /** Who finds that its message does not fit into the segment's rest seals it behind what was begun, not over it. */
    @ParameterizedTest
    @ValueSource(ints = {LONGEST, LONGEST - 1, 3 * SEGMENT_LENGTH})
    void aSegmentIsSealedBehindWhatWasBegun(int length) {
        owner.send(0, 10);
        int begun = stopSending(1, 20);

        other.send(2, length);

        assertTrue(owner.appender.commit(begun, 1, 20));
        assertEquals(0, owner.appender.outstanding());
        owner.send(3, 30);
        receiver.assertReceives(0, 10);
        receiver.assertReceives(1, 20);
        receiver.assertReceives(2, length);
        receiver.assertReceives(3, 30);
        queue.assertQueued(0, 0);
    }

    /** Whether its owner sees it or not, the right is gone: the same header stands there, once. */
    @Test
    void whoComesToClaimAfterItWasTakenAwayClaimsByItself() {
        owner.send(0, 10);
        int revoked = other.chain.senderBias().revoke();
        int begun = owner.appender.claimUnseen(20, NO_LIMIT);
        assertEquals(header(-HEADER_LENGTH - 20, owner.slot.tag()), queue.headerAt(begun));
        other.chain.senderBias().forget(revoked);
        owner.fill(begun, 1, Party.payload(1, 20), ClaimWord.AVAILABLE);
        assertTrue(owner.appender.commit(begun, 1, 20));
        receiver.assertReceives(0, 10);
        receiver.assertReceives(1, 20);
    }

    /** One that took it away and died before it had stored the header: the next one does. */
    @ParameterizedTest
    @ValueSource(ints = {REVOKING, REVOKED})
    void aRevocationThatStoppedIsEndedByTheNext(int state) {
        owner.send(0, 10);
        int begun = stopSending(1, 20);
        word(SENDERS, word(state, owner));

        other.send(2, 30);

        assertEquals(NOBODY, word(SENDERS));
        assertTrue(owner.appender.commit(begun, 1, 20));
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, (number + 1) * 10);
        }
    }

    /** Or its owner, with the next message. */
    @ParameterizedTest
    @ValueSource(ints = {REVOKING, REVOKED})
    void aRevocationThatStoppedIsEndedByItsOwner(int state) {
        owner.send(0, 10);
        int begun = stopSending(1, 20);
        word(SENDERS, word(state, owner));
        assertTrue(owner.appender.commit(begun, 1, 20));
        owner.send(2, 30);
        owner.send(3, 40);
        assertEquals(NOBODY, word(SENDERS));
        for (int number = 0; number < 4; number++) {
            receiver.assertReceives(number, (number + 1) * 10);
        }
        queue.assertQueued(0, 0);
    }

    /** An intent stays when its record is there: it says nothing of what comes after. */
    @Test
    void anIntentThatIsDoneIsNotDoneAgain() {
        owner.send(0, 10);
        other.send(1, 20);
        assertEquals(header(HEADER_LENGTH + 20, 1), queue.headerAt(SHORTEST));
        queue.assertQueued(30, 2);
    }

    @Test
    void whatIsClaimedTwiceIsSeenFromTheSecondOn() {
        owner.send(0, 10);
        int first = stopSending(1, 20);
        int second = owner.appender.claimUnseen(30, NO_LIMIT);
        owner.fill(second, 1, Party.payload(2, 30), ClaimWord.AVAILABLE);
        assertEquals(header(-HEADER_LENGTH - 20, owner.slot.tag()), queue.headerAt(first));
        other.send(3, 40);
        assertTrue(owner.appender.commit(second, 1, 30));
        assertTrue(owner.appender.commit(first, 1, 20));
        for (int number = 0; number < 4; number++) {
            receiver.assertReceives(number, (number + 1) * 10);
        }
        queue.assertQueued(0, 0);
    }

    @Test
    void whatIsShownMayBeGivenUp() {
        owner.send(0, 10);
        int begun = stopSending(1, 20);
        owner.appender.show(begun, 20);
        owner.appender.abort(begun);
        assertEquals(header(HEADER_LENGTH + 20, DEAD_TYPE), queue.headerAt(begun));
        owner.send(2, 30);
        receiver.assertReceives(0, 10);
        receiver.assertReceives(2, 30);
        queue.assertQueued(0, 0);
    }

    // ---- a sender that dies there

    /** Invariants 3 and 5: whatever of the record was written, and whoever has seen it, it is dead, once. */
    @ParameterizedTest
    @CsvSource({"0, false", "2, false", "3, false", "0, true", "3, true"})
    void whatTheDeadHadBegunIsDead(int state, boolean shown) {
        owner.send(0, 10);
        int begun = stopSending(1, 200);
        if (shown) {
            queue.headerAt(begun, header(-HEADER_LENGTH - 200, owner.slot.tag()));
        }
        word(SENDERS, word(state, owner));
        owner.close();

        assertEquals(new Repair.Report(1, 1, 0, null), queue.repairAllBut(bystander, other, receiver));

        assertEquals(header(HEADER_LENGTH + 200, DEAD_TYPE), queue.headerAt(begun));
        assertEquals(new Repair.Report(0, 0, 0, null), queue.repairAllBut(bystander, other, receiver));
        queue.assertQueued(10, 1);
        other.send(2, 30);
        receiver.assertReceives(0, 10);
        receiver.assertReceives(2, 30);
        queue.assertQueued(0, 0);
    }

    /** Nothing but the intent: the first word that is stored. */
    @Test
    void anIntentAloneIsDead() {
        owner.send(0, 10);
        owner.slot.intent(SlotDescriptor.intent(1, SHORTEST, HEADER_LENGTH + 5));
        owner.close();
        assertEquals(new Repair.Report(1, 1, 0, null), queue.repairAllBut(bystander, other, receiver));
        queue.assertQueued(10, 1);
    }

    /** What somebody else took in the meantime is not the dead one's, and what it had sent is sent. */
    @Test
    void anIntentOfTheDeadThatIsDoneIsNotDoneAgain() {
        owner.send(0, 10);
        owner.close();
        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(bystander, other, receiver));
        queue.assertQueued(10, 1);
        receiver.assertReceives(0, 10);
    }

    /** Invariant 9: the repairer died between the header and the record's death. */
    @Test
    void aRepairThatStoppedBehindTheHeaderIsDoneByTheNext() {
        owner.send(0, 10);
        int begun = stopSending(1, 20);
        Appender.showClaim(queue.memory().records(0), SEGMENT_LENGTH, begun, owner.slot.intent(), owner.slot.tag());
        assertEquals(header(-HEADER_LENGTH - 20, owner.slot.tag()), queue.headerAt(begun));
        owner.close();
        assertEquals(new Repair.Report(1, 1, 0, null), queue.repairAllBut(bystander, other, receiver));
        queue.assertQueued(10, 1);
    }

    /** Invariant 13: an intent that can't be leads nobody astray. */
    @ParameterizedTest
    @CsvSource({"1, 64, 31", "1, 64, 16385", "1, 64, 1073741824", "1, 192, 100", "1, 16384, 100", "2, 64, 100",
        "1, 0, 100"})
    void anImpossibleIntentIsNotBelieved(long number, int offset, int length) {
        owner.send(0, 10);
        owner.slot.intent(SlotDescriptor.intent(number, offset, length));
        other.send(1, 20);
        word(SENDERS, word(OWNED, owner));
        owner.close();
        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(bystander, other, receiver));
        receiver.assertReceives(0, 10);
        receiver.assertReceives(1, 20);
        queue.assertQueued(0, 0);
    }

    /** The places of one segment are another's later: an intent goes before the pin does. */
    @Test
    void noIntentOutlivesItsSegment() {
        owner.send(0, LONGEST);
        assertNotEquals(SlotDescriptor.NO_INTENT, owner.slot.intent());
        owner.slot.pin(SlotDescriptor.APPENDING_PIN, 0);
        assertEquals(SlotDescriptor.NO_INTENT, owner.slot.intent());
    }

    // ---- a receiver that is stopped between Pending and CONSUMED

    /** Notes what it is about to receive, and stops before it stores that. */
    private long stopReceiving(Party stopped) {
        assertEquals(Cursor.MESSAGE, stopped.cursor.look());
        assertEquals(word(OWNED, stopped), word(RECEIVERS));
        stopped.cursor.intend();
        return stopped.cursor.address();
    }

    private void storeConsumed(Party stopped, long address) {
        queue.claimAt(address, ClaimWord.consumed(ClaimWord.AVAILABLE, stopped.slot.tag()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void othersPassWhatIsBeingReceived(boolean copying) {
        for (int number = 0; number < 4; number++) {
            other.send(number, 10);
        }
        long address = stopReceiving(owner);

        assertEquals(Cursor.MESSAGE, receiver.cursor.look());
        assertFalse(copying ? receiver.cursor.receive() : receiver.cursor.take());
        assertEquals(ClaimWord.AVAILABLE, queue.claimAt(address));
        receiver.cursor.step();
        receiver.assertReceives(1, 10);
        other.assertReceives(2, 10);

        storeConsumed(owner, address);
        owner.slot.endConsuming(true);
        owner.cursor.step();
        assertEquals(Quantity.ofMessage(10), owner.slot.total());
        receiver.cursor.rewind();
        receiver.assertReceives(3, 10);
        assertEquals(NOBODY, word(RECEIVERS));
        owner.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** One that had looked before it was taken away, and stores after it. */
    @Test
    void whatWasTakenMeanwhileIsNotReceivedTwice() {
        other.send(0, 10);
        assertEquals(Cursor.MESSAGE, owner.cursor.look());
        receiver.assertReceives(0, 10);
        assertFalse(owner.cursor.receive());
        assertEquals(0, owner.slot.total());
        assertEquals(-1, owner.slot.pendingAddress());
        queue.assertQueued(0, 0);
    }

    /** Invariants 3 and 7: it was not received, and those who had passed it look again. */
    @Test
    void whatTheDeadDidNotStoreIsReceivedByOthers() {
        other.send(0, 10);
        other.send(1, 20);
        stopReceiving(owner);
        receiver.assertReceives(1, 20);
        long epoch = queue.memory().state().rescanEpoch();
        owner.close();

        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(bystander, other, receiver));

        assertNotEquals(epoch, queue.memory().state().rescanEpoch());
        assertEquals(NOBODY, word(RECEIVERS));
        queue.assertQueued(10, 1);
        receiver.cursor.rewind();
        receiver.assertReceives(0, 10);
        queue.assertQueued(0, 0);
    }

    /** Invariants 3 and 5: it was received. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatTheDeadStoredIsReceived(boolean counted) {
        other.send(0, 10);
        other.send(1, 20);
        long address = stopReceiving(owner);
        receiver.assertReceives(1, 20);
        storeConsumed(owner, address);
        if (counted) {
            queue.slotLong(owner.slot, SlotDescriptor.TOTAL_OFFSET,
                queue.slotLong(owner.slot, SlotDescriptor.NEW_OFFSET));
        }
        owner.close();

        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(bystander, other, receiver));

        receiver.cursor.rewind();
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
    }

    /** A death that was none: the record is somebody else's by now. */
    @Test
    void whoWasDeclaredDeadReceivesNothing() {
        other.send(0, 10);
        assertEquals(Cursor.MESSAGE, owner.cursor.look());
        queue.repairAllBut(bystander, other, receiver);
        receiver.assertReceives(0, 10);
        assertFalse(owner.cursor.receive());
        queue.assertQueued(0, 0);
    }

    /** Received in place or copied, in any order: the accounts are the slot's. */
    @Test
    void bothWaysToReceiveKeepTheSameAccounts() {
        long total = 0;
        for (int number = 0; number < 1000; number++) {
            other.send(number, number % 90);
            if (number % 3 == 0) {
                owner.assertReceives(number, number % 90);
            } else {
                assertReceivesCopying(owner, number, number % 90);
            }
            total += Quantity.ofMessage(number % 90);
            assertEquals(total, owner.slot.total());
        }
        assertEquals(word(OWNED, owner), word(RECEIVERS));
        queue.assertQueued(0, 0);
    }
}
