package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.DEAD_TYPE;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.header;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.NO_LIMIT;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.SHORTEST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Repair of what {@link RepairTableTest}'s table does not show: several dead, first segments, deaths that were none.
 */
@Timeout(60)
class RepairTest {
    @AutoClose
    private final HotQueue queue = new HotQueue();
    private Party sender;
    private Party receiver;
    private Party dead;

    @BeforeEach
    void join() {
        sender = queue.join();
        receiver = queue.join();
        dead = queue.join();
    }

    @Test
    void nothingIsSettledWhereNobodyDied() {
        sender.send(0, 10);
        long epoch = queue.memory().state().rescanEpoch();

        Repair.Report report = queue.repairAllBut(sender, receiver, dead);

        assertTrue(report.isEmpty());
        // nobody looks at everything again for nothing
        assertEquals(epoch, queue.memory().state().rescanEpoch());
    }

    /** Invariant 7: a receiver that is past a message of the dead looks again. */
    @Test
    void receiversLookAgainAfterEveryDeath() {
        long epoch = queue.memory().state().rescanEpoch();
        assertEquals(1, queue.repairAllBut(sender, receiver).slotsFreed());
        assertNotEquals(epoch, queue.memory().state().rescanEpoch());
    }

    /** The daemon's parts are always alive for a repair: they take over what they left themselves. */
    @Test
    void theReclaimersLockIsLetGoByTheNextLifeOfItsOwner() {
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, dead.clientId);
        new Repair(queue.chain()).adopt(dead.clientId);
        assertEquals(0, queue.stateLong(StateDescriptor.RECLAIMER_OFFSET));
    }

    // ---- several

    /** Invariant 9: a repair may stop between two slots, or anywhere. */
    @Test
    void aRepairThatStoppedIsDoneByTheNext() {
        sender.send(0, 10);
        sender.send(1, 20);
        Party alsoDead = queue.join();
        assertTrue(dead.takeNext());
        assertTrue(alsoDead.takeNext());
        queue.stateLong(StateDescriptor.RECLAIMER_OFFSET, alsoDead.clientId);
        Repair repair = new Repair(queue.chain());

        assertThrows(IllegalStateException.class, () -> repair.run(client -> {
            if (client == alsoDead.clientId) {
                throw new IllegalStateException("killed");
            }
            return client != dead.clientId;
        }));
        assertEquals(0, dead.slot.owner());
        assertEquals(alsoDead.clientId, alsoDead.slot.owner());
        assertTrue(ClaimWord.isTakenBy(queue.claimAt(SHORTEST), alsoDead.slot.tag()));

        assertEquals(new Repair.Report(1, 0, 1, null), queue.repairAllBut(sender, receiver));
        assertEquals(0, queue.stateLong(StateDescriptor.RECLAIMER_OFFSET));
        receiver.assertReceives(0, 10);
        receiver.assertReceives(1, 20);
        queue.assertQueued(0, 0);
    }

    /** A dead sender handed its open record to a dead receiver: whoever is settled first. */
    @Test
    void deadSenderAndDeadReceiverMayShareARecord() {
        for (boolean receiverFirst : new boolean[] {false, true}) {
            Party first = queue.join();
            Party second = queue.join();
            Party dyingSender = receiverFirst ? second : first;
            Party dyingReceiver = receiverFirst ? first : second;
            assertTrue(first.slot.index() < second.slot.index());
            int offset = dyingSender.claim(30);
            long address = dyingSender.appender.address(offset);
            dyingSender.fill(offset, 1, Party.payload(0, 30), ClaimWord.taken(0, dyingReceiver.slot.tag()));
            dyingReceiver.slot.armWaiter(SlotDescriptor.handed(address));

            Repair.Report report = queue.repairAllBut(sender, receiver, dead);

            assertEquals(2, report.slotsFreed());
            assertEquals(1, report.recordsDead());
            assertEquals(header(HEADER_LENGTH + 30, DEAD_TYPE), queue.headerAt(address));
            assertEquals(SlotDescriptor.IDLE, dyingReceiver.slot.waiterWord());
            queue.assertQueued(0, 0);
        }
        receiver.assertReceivesNothing();
    }

    /** All threads of a process die together: one client id, many slots. */
    @Test
    void allSlotsOfAProcessAreSettled() {
        for (int number = 0; number < 10; number++) {
            sender.send(number, 100);
        }
        Slot[] slots = new Slot[5];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = dead.chain.slots().acquire(dead.clientId);
            assertTrue(take(new Cursor(dead.chain, slots[i], dead.clientId)));
            assertNotEquals(Appender.FULL, new Appender(dead.chain, slots[i]).claim(50, NO_LIMIT));
        }

        assertEquals(new Repair.Report(6, 5, 5, null), queue.repairAllBut(sender, receiver));

        queue.assertQueued(1000, 10);
        for (int number = 0; number < 10; number++) {
            receiver.assertReceives(number, 100);
        }
        queue.assertQueued(0, 0);
    }

    private static boolean take(Cursor cursor) {
        while (cursor.look() == Cursor.MESSAGE) {
            if (cursor.take()) {
                return true;
            }
            cursor.step();
        }
        return false;
    }

    // ---- room

    /** R21: what the dead were writing takes no room any more, what they took and did not receive still does. */
    @Test
    void theLimitIsExactAfterADeath() {
        assertTrue(sender.trySend(0, 40, 100));
        assertTrue(dead.takeNext());
        assertNotEquals(Appender.FULL, dead.appender.claim(60, 100));
        assertFalse(sender.trySend(1, 1, 100));

        queue.repairAllBut(sender, receiver);

        assertFalse(sender.trySend(1, 61, 100));
        assertTrue(sender.trySend(1, 60, 100));
        assertFalse(sender.trySend(2, 1, 100));
        queue.assertQueued(100, 2);
        receiver.assertReceives(0, 40);
        receiver.assertReceives(1, 60);
        queue.assertQueued(0, 0);
    }

    /** Invariants 5 and 8: the accounts of a slot go on with its next owner, however often its owners die. */
    @Test
    void aSlotMayDieManyTimes() {
        Party mortal = dead;
        int index = mortal.slot.index();
        for (int round = 0; round < 300; round++) {
            sender.send(round, 10 + round);
            assertEquals(index, mortal.slot.index());
            mortal.assertReceives(round, 10 + round);
            sender.send(1000 + round, 5);
            assertTrue(mortal.takeNext());
            mortal.claim(round);
            mortal.close();
            assertEquals(new Repair.Report(1, 1, 1, null), queue.repairAllBut(sender, receiver));
            queue.assertQueued(5, 1);
            receiver.cursor.rewind();
            receiver.assertReceives(1000 + round, 5);
            mortal = queue.join();
        }
        queue.assertQueued(0, 0);
    }

    // ---- slots

    /** A client died between taking the slot and counting its generation: the tag is the last owner's still. */
    @Test
    void aSlotThatWasJustTakenIsFreed() {
        sender.send(0, 10);
        queue.leave(dead);
        assertTrue(queue.chain().slots().peer(2).moveOwner(0, 555));

        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(sender, receiver));

        assertEquals(0, queue.chain().slots().peer(2).owner());
        queue.assertQueued(10, 1);
    }

    /** Invariant 9: everything was settled but the slot, the last step. */
    @Test
    void aSlotThatWasSettledButNotFreedIsFreed() {
        sender.send(0, 10);
        assertTrue(dead.takeNext());
        queue.repairAllBut(sender, receiver);
        assertTrue(queue.chain().slots().peer(2).moveOwner(0, dead.clientId));
        queue.chain().slots().peer(2).pin(SlotDescriptor.RECEIVING_PIN, 0);
        assertTrue(receiver.takeNext());

        // what somebody else took in the meantime is his
        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(sender, receiver));

        assertTrue(receiver.cursor.isTaken());
        assertTrue(receiver.cursor.consume());
        queue.assertQueued(0, 0);
    }

    /**
     * Invariant 9. A repair gave a handed record back and stopped before the waiter's word. When it is run again the
     * record has been received, its place used again, and what stands at that address may look like a claim of the
     * dead.
     */
    @Test
    void aWordThatNamesAnotherSegmentByNowIsNotBelieved() {
        sender.send(0, 16);
        long address = sender.sendTo(1, 100);
        dead.slot.armWaiter(SlotDescriptor.handed(address));
        receiver.assertReceives(0, 16);
        receiver.assertReceives(1, 100);
        // a payload in the same place, full of words that say "taken by the dead"
        byte[] payload = new byte[LONGEST];
        int taken = ClaimWord.taken(0, dead.slot.tag());
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) (taken >>> 8 * (i % 4));
        }
        assertTrue(sender.trySend(1, payload, NO_LIMIT));
        while (queue.table().numberAt(0) <= 1) {
            assertTrue(take(receiver.cursor));
            assertTrue(receiver.cursor.consume());
            assertTrue(sender.trySend(1, payload, NO_LIMIT));
        }

        assertEquals(new Repair.Report(1, 0, 0, null), queue.repairAllBut(sender, receiver));

        receiver.cursor.rewind();
        assertArrayEquals(payload, receiver.receive());
    }

    // ---- places

    /** The very first segment, prepared and not linked: the next sender makes another. */
    @Test
    void aFirstSegmentThatWasNotLinkedIsReady() {
        preparePlace(0, 1, true);

        queue.repairAllBut(sender, receiver);

        assertEquals(READY, queue.stateOf(0));
        sender.send(0, 10);
        assertEquals(SegmentLink.link(1, 0), queue.table().head());
        receiver.assertReceives(0, 10);
        queue.assertQueued(0, 0);
    }

    /** The very first segment, linked and not marked: head is set, the tail is not. */
    @Test
    void aFirstSegmentThatWasLinkedIsMarked() {
        preparePlace(0, 1, true);
        assertTrue(queue.table().append(SegmentLink.NONE, SegmentLink.link(1, 0)));

        queue.repairAllBut(sender, receiver);

        assertEquals(LINKED, queue.stateOf(0));
        sender.send(0, 10);
        receiver.assertReceives(0, 10);
        queue.assertQueued(0, 0);
    }

    /** Two prepared the same number; the living one was linked. */
    @Test
    void aPlaceThatLostTheRaceIsReadyThoughItsNumberIsInTheChain() {
        sender.send(0, LONGEST);
        sender.send(1, LONGEST);
        preparePlace(2, 2, true);

        queue.repairAllBut(sender, receiver);

        assertEquals(READY, queue.stateOf(2));
        sender.send(2, LONGEST);
        assertEquals(SegmentLink.link(3, 2), queue.table().tail());
        for (int number = 0; number < 3; number++) {
            receiver.assertReceives(number, LONGEST);
        }
        queue.assertQueued(0, 0);
    }

    /** A place that somebody claimed has blocks, or some; afterwards it has none. */
    @Test
    void aClaimedPlaceGivesItsBlocksBack() {
        sender.send(0, 10);
        long blocks = HotQueue.blocks(queue.file());
        queue.memory().allocateEntry(1);
        long withEntry = HotQueue.blocks(queue.file());
        assertTrue(queue.table().raisePlaceLimit(1));
        assertTrue(queue.table().moveEntry(1, 0, word(CLAIMED, dead.slot.tag())));
        queue.memory().allocate(1);
        queue.memory().segment(1).setMemory(0, SEGMENT_LENGTH / 2, (byte) 0x55);

        queue.repairAllBut(sender, receiver);

        assertEquals(HOLE, queue.stateOf(1));
        assertEquals(withEntry, HotQueue.blocks(queue.file()));
        assertTrue(withEntry - blocks <= 8);
        // whoever has it next finds zeros
        sender.send(1, LONGEST);
        receiver.assertReceives(0, 10);
        receiver.assertReceives(1, LONGEST);
        queue.assertQueued(0, 0);
    }

    /** Who reclaims claims what it zeroes: a death in between gives the place back. */
    @Test
    void aPlaceThatWasBeingZeroedIsGivenBack() {
        sender.send(0, LONGEST);
        sender.send(1, 10);
        receiver.assertReceives(0, LONGEST);
        receiver.assertReceives(1, 10);
        receiver.cursor.rest();
        int place = 0;
        assertEquals(READY, queue.stateOf(place));
        queue.memory().segment(place).setMemory(SEGMENT_LENGTH / 2, SEGMENT_LENGTH / 2, (byte) 0x55);
        assertTrue(queue.table().moveEntry(place, word(READY, 0), word(CLAIMED, dead.slot.tag())));

        queue.repairAllBut(sender, receiver);

        assertEquals(HOLE, queue.stateOf(place));
        sender.send(2, LONGEST);
        receiver.assertReceives(2, LONGEST);
        queue.assertQueued(0, 0);
    }

    /** What others claim and prepare is theirs. */
    @Test
    void placesOfTheLivingAreLeftAlone() {
        sender.send(0, LONGEST);
        queue.memory().allocateEntry(1);
        assertTrue(queue.table().raisePlaceLimit(1));
        assertTrue(queue.table().moveEntry(1, 0, word(CLAIMED, sender.slot.tag())));
        preparePlace(2, 2, false);

        queue.repairAllBut(sender, receiver);

        assertEquals(word(CLAIMED, sender.slot.tag()), queue.table().entryWord(1));
        assertEquals(word(PREPARED, 2), queue.table().entryWord(2));
    }

    // ---- a long chain

    /** What the dead had is found by its pins wherever it lies, and nothing else is looked at. */
    @Test
    void whatTheDeadHadIsFoundInALongChain() {
        for (int number = 0; number < 200; number++) {
            sender.send(number, LONGEST - 1000);
        }
        // the cursor stands in the middle, the record looked back at is near the front, the claim at the end
        for (int i = 0; i < 100; i++) {
            dead.cursor.look();
            dead.cursor.step();
        }
        dead.cursor.look();
        assertEquals(Cursor.MESSAGE, dead.cursor.lookAt(8L * SEGMENT_LENGTH, 7L * SEGMENT_LENGTH));
        assertTrue(dead.cursor.take());
        dead.claim(500);

        assertEquals(new Repair.Report(1, 1, 1, null), queue.repairAllBut(sender, receiver));

        queue.assertQueued(200L * (LONGEST - 1000), 200);
        for (int number = 0; number < 200; number++) {
            receiver.assertReceives(number, LONGEST - 1000);
        }
        queue.assertQueued(0, 0);
    }

    // ---- deaths that were none

    /** Invariant 3: stopped, declared dead, repaired, and going on. */
    @Test
    void whoWasDeclaredDeadHasSentAndReceivedNothing() {
        sender.send(0, 10);
        assertTrue(dead.takeNext());
        int offset = dead.claim(20);
        dead.fill(offset, 1, Party.payload(1, 20), ClaimWord.AVAILABLE);
        queue.repairAllBut(sender, receiver);

        assertFalse(dead.appender.commit(offset, 1));
        assertFalse(dead.cursor.isAvailable());
        assertEquals(ClaimWord.AVAILABLE, queue.claimAt(0));
        receiver.assertReceives(0, 10);
        receiver.assertReceivesNothing();
        queue.assertQueued(0, 0);
        assertEquals(Quantity.ofMessage(10), receiver.slot.total());
    }

    @Test
    void anAbortAfterADeathThatWasNoneChangesNothing() {
        int offset = dead.claim(20);
        queue.repairAllBut(sender, receiver);
        dead.appender.abort(offset);
        queue.assertQueued(0, 0);
    }

    private void preparePlace(int place, long number, boolean byTheDead) {
        Slot slot = byTheDead ? dead.slot : sender.slot;
        while (queue.table().placeLimit() <= place) {
            int limit = queue.table().placeLimit();
            queue.memory().allocateEntry(limit);
            assertTrue(queue.table().raisePlaceLimit(limit));
        }
        assertTrue(queue.table().moveEntry(place, 0, word(CLAIMED, slot.tag())));
        queue.memory().allocate(place);
        queue.table().prepare(place, number, slot.tag(), 0, SEGMENT_LENGTH);
    }
}
