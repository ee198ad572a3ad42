package dev.msqd.log;

import static dev.msqd.log.HotQueue.assertErrno;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlotsTest {
    @AutoClose
    private final HotQueue queue = new HotQueue();
    private final Slots slots = queue.chain().slots();

    @Test
    void aSlotBelongsToOneUntilItIsReleased() {
        Slot first = slots.acquire(5);
        Slot second = slots.acquire(5);

        assertEquals(0, first.index());
        assertEquals(1, second.index());
        assertEquals(5, first.owner());
        assertEquals(2, slots.limit());

        slots.release(first, 5);
        assertEquals(0, first.owner());
        Slot third = slots.acquire(6);
        assertEquals(0, third.index());
        assertEquals(6, third.owner());
        // whoever comes late releases nobody else's
        slots.release(first, 5);
        assertEquals(6, third.owner());
    }

    /** The tag tells one owner of a slot from the next (invariant 8), also where its 16 bits of generation wrap. */
    @Test
    void aTagIsOneOwners() {
        Set<Integer> tags = new HashSet<>();
        queue.stateLong(StateDescriptor.slotOffset(0) + SlotDescriptor.GENERATION_OFFSET, 65_530);
        int before = -1;
        for (int i = 0; i < 20; i++) {
            Slot slot = slots.acquire(i + 1);
            assertTrue(slot.tag() >= 0 && slot.tag() < 1 << 28, () -> "tag " + slot.tag());
            assertTrue(tags.add(slot.tag()));
            assertNotEquals(before, slot.tag());
            assertEquals(slot.tag(), slot.presentTag());
            assertEquals(slot.tag(), slots.peer(0).presentTag());
            assertEquals(0, Slot.indexOfTag(slot.tag()));
            before = slot.tag();
            slots.release(slot, i + 1);
            assertEquals(0, slots.peer(0).owner());
        }
    }

    @Test
    void everySlotCanBeHadAndNotOneMore() {
        for (int index = 0; index < StateDescriptor.MAX_SLOTS; index++) {
            Slot slot = slots.acquire(1);
            assertEquals(index, slot.index());
            assertEquals(index, Slot.indexOfTag(slot.tag()));
        }

        ErrnoException e = assertErrno(Errno.ENOSPC, () -> slots.acquire(1));
        assertTrue(e.getMessage().contains(queue.file().toString()), e.getMessage());
        assertTrue(e.getMessage().contains("4096"), e.getMessage());

        slots.release(slots.peer(77), 1);
        assertEquals(77, slots.acquire(2).index());
    }

    /** Invariant 5: what was received was received, whoever has the slot now. */
    @Test
    void aSlotsTotalStaysWhenItChangesHands() {
        Party receiver = queue.join();
        Party sender = queue.join();
        sender.send(0, 100);
        receiver.assertReceives(0, 100);
        queue.leave(receiver);
        assertEquals(Quantity.ofMessage(100), slots.received());

        Party next = queue.join();
        assertEquals(receiver.slot.index(), next.slot.index());
        sender.send(1, 50);
        next.assertReceives(1, 50);
        assertEquals(Quantity.ofMessage(100) + Quantity.ofMessage(50), next.slot.total());
        queue.assertQueued(0, 0);
    }

    @Test
    void pinsAreSeenByPeers() {
        Slot slot = slots.acquire(1);
        for (int pin = 0; pin < SlotDescriptor.PIN_COUNT; pin++) {
            assertEquals(-1, slot.pinnedPlace(pin));
            slot.pin(pin, 65_535 - pin);
        }
        for (int pin = 0; pin < SlotDescriptor.PIN_COUNT; pin++) {
            assertTrue(slots.isPinned(65_535 - pin));
            assertEquals(65_535 - pin, slots.peer(0).pinnedPlace(pin));
            slot.unpin(pin);
            assertFalse(slots.isPinned(65_535 - pin));
        }
        slot.pin(SlotDescriptor.CANDIDATE_PIN, 0);
        assertTrue(slots.isPinned(0));
    }

    /** What a dead owner leaves in the accounts is there to be settled, whatever step it died at. */
    @Test
    void accountsTellWhatIsPending() {
        Slot slot = slots.acquire(1);
        assertEquals(-1, slot.pendingAddress());

        slot.beginConsuming(0, Quantity.ofMessage(7));
        assertEquals(0, slot.pendingAddress());
        assertEquals(0, slot.total());
        slot.endConsuming(true);
        assertEquals(-1, slot.pendingAddress());
        assertEquals(Quantity.ofMessage(7), slot.total());

        slot.beginConsuming(1 << 20, Quantity.ofMessage(9));
        assertEquals(1 << 20, slot.pendingAddress());
        slot.endConsuming(false);
        assertEquals(Quantity.ofMessage(7), slot.total());
    }

    /** A waiter's word moves by CAS from the very word that was read: a ticket is given once. */
    @Test
    void aWaiterIsNotMistakenForWhoCameBack() {
        Slot slot = slots.acquire(1);
        Slot peer = slots.peer(0);
        long first = SlotDescriptor.waiting(queue.memory().state().nextTicket());
        slot.describeWaiter(Long.MIN_VALUE, 2, Integer.MAX_VALUE);
        slot.armWaiter(first);
        assertEquals(first, peer.waiterWord());
        assertEquals(Long.MIN_VALUE, peer.waiterMsgtyp());
        assertEquals(2, peer.waiterMode());
        assertEquals(Integer.MAX_VALUE, peer.waiterRoom());
        slot.idleWaiter();
        long second = SlotDescriptor.waiting(queue.memory().state().nextTicket());
        slot.armWaiter(second);

        assertFalse(peer.moveWaiter(first, SlotDescriptor.NUDGED));
        assertTrue(peer.moveWaiter(second, SlotDescriptor.NUDGED));
        assertEquals(SlotDescriptor.NUDGED, slot.waiterWord());
    }
}
