package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.SlotDescriptor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Receivers of stopped processes that go on, or give their slot to others, while they are dismissed (R56). */
class DismissRaceTest {
    private static final int LENGTH = 100;

    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Party sender = queue.join();
    private final Party keeper = queue.join();
    private final Repair repair = new Repair(keeper.chain);
    private long ticket;

    private void sleep(Party receiver) {
        receiver.slot.describeWaiter(0, 0, Integer.MAX_VALUE);
        ArmedSlots.receivers(receiver.memory).want(receiver.slot.index(), ArmedSlots.ANY_KEY);
        receiver.slot.armWaiter(SlotDescriptor.waiting(++ticket));
        ArmedSlots.receivers(receiver.memory).set(receiver.slot.index());
    }

    /** As a sender does; returns the word that the receiver finds. */
    private long hand(Party receiver, long number) {
        int offset = sender.claim(LENGTH);
        sender.fill(offset, 1, Party.payload(number, LENGTH), ClaimWord.taken(0, receiver.slot.tag()));
        long handed = SlotDescriptor.handed(sender.appender.address(offset));
        assertTrue(receiver.slot.moveWaiter(receiver.slot.waiterWord(), handed));
        assertTrue(sender.appender.commit(offset, 1));
        return handed;
    }

    /** As Receiver.acceptHanded does. */
    private static boolean accept(Party receiver, long word) {
        int found = receiver.cursor.lookAtHanded(word);
        boolean accepted = receiver.slot.moveWaiter(word, SlotDescriptor.accepted(word))
            && found == Cursor.MESSAGE && receiver.cursor.accept();
        receiver.slot.idleWaiter();
        return accepted;
    }

    /**
     * The message that a dismissed receiver was handed is never left to nobody: here the word is moved although the record was
     * not taken over, since the slot, and with it the tag, changed hands after the tag was read.
     */
    @Test
    void slotThatChangesHandsWhileItIsLookedAt() {
        sender.send(0, LENGTH);
        Party receiver = queue.join();
        receiver.assertReceives(0, LENGTH);
        Party[] next = new Party[1];
        sleep(receiver);
        long word = hand(receiver, 1);

        repair.dismiss(keeper.slot, client -> {
            if (next[0] == null) {
                // It goes on, ends its call and leaves. Its place is used again, another has its slot, and is handed a message.
                assertTrue(accept(receiver, word));
                assertTrue(receiver.cursor.consume());
                ArmedSlots.receivers(receiver.memory).clear(receiver.slot.index());
                next[0] = handedAgain(receiver, word);
            }
            return true;
        }, slot -> {});

        // Invariant 7: handed to somebody, or available to all.
        boolean handed = next[0].slot.waiterWord() == word;
        Party other = queue.join();
        assertTrue(handed || other.takeNext(), "nobody can receive the message");
    }

    /** Uses the same place and the same slot again for a message with the same address. */
    private Party handedAgain(Party receiver, long word) {
        int index = receiver.slot.index();
        receiver.leave();
        Party drain = queue.join();
        assertEquals(index, drain.slot.index());
        for (int round = 0; round < 10_000; round++) {
            long address = sender.sendTo(2, LENGTH);
            drain.assertReceives(2, LENGTH);
            drain.cursor.rewind();
            queue.reclaim();
            if (SlotDescriptor.handed(address + RecordLength.ALIGNED) == word) {
                drain.leave();
                Party next = queue.join();
                assertEquals(index, next.slot.index());
                sleep(next);
                assertEquals(word, hand(next, 3), "the message has another address");
                return next;
            }
        }
        throw new AssertionError("the place was not used again");
    }

    /**
     * R56: a receiver that is stopped after it looked at what it was handed, and before it said so, must not believe that it has it:
     * it would have a message read that somebody else receives as well.
     */
    @Test
    void receiverThatIsDismissedAfterItLooked() {
        sender.send(0, LENGTH);
        Party receiver = queue.join();
        receiver.assertReceives(0, LENGTH);
        sleep(receiver);
        long word = hand(receiver, 1);

        // Receiver.acceptHanded up to where it moves its word, where SIGSTOP comes.
        int found = receiver.cursor.lookAtHanded(word);
        assertEquals(Cursor.MESSAGE, found);
        assertEquals(1,
            repair.dismiss(keeper.slot, client -> client == receiver.clientId, slot -> {}).recordsReturned());
        Party other = queue.join();
        other.assertReceives(1, LENGTH);

        // SIGCONT
        boolean accepted = receiver.slot.moveWaiter(word, SlotDescriptor.accepted(word)) && receiver.cursor.accept();
        assertFalse(accepted, "take() returns TAKEN, and a handler reads what another has received");
    }

    /** Invariant 13: what a client writes into its word does not harm who looks at it. */
    @Test
    void handedWordThatLeadsNowhere() {
        sender.send(0, LENGTH);
        Party receiver = queue.join();
        sleep(receiver);
        for (long address : new long[] {1L << 40, Long.MAX_VALUE & -8, -8, -(1L << 20), -(1L << 35)}) {
            receiver.slot.armWaiter(SlotDescriptor.handed(address));
            repair.dismiss(keeper.slot, client -> client == receiver.clientId, slot -> {});
            assertEquals(SlotDescriptor.NUDGED, receiver.slot.waiterWord());
        }
    }

    private static final class RecordLength {
        static final int ALIGNED = dev.msqd.layout.RecordDescriptor.aligned(
            dev.msqd.layout.RecordDescriptor.HEADER_LENGTH + LENGTH);
    }
}
