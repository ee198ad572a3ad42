package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.word;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The chain of segments from head to tail: entering it, following it, making it longer.
 *
 * <p>A segment may be read or stored to only while it is pinned (invariant 10). Every method that returns a link has pinned
 * it with the slot's given pin, and has let go of what that pin held before.
 */
public final class SegmentChain {
    /** Nobody is overtaken so often; a link that leads nowhere is damage. */
    private static final int MAX_RESTARTS = 10_000;

    private final QueueMemory memory;
    private final SegmentTable table;
    private final Slots slots;
    private final Places places;
    private final Reclaimer reclaimer;
    private final ArmedSlots receivers;
    private final Bias senderBias;
    private final Bias receiverBias;

    public SegmentChain(QueueMemory memory) {
        this.memory = memory;
        this.table = new SegmentTable(memory);
        this.slots = new Slots(memory);
        this.places = new Places(memory, table);
        this.reclaimer = new Reclaimer(memory, table, slots, places);
        this.receivers = ArmedSlots.receivers(memory);
        this.senderBias = Bias.ofSender(memory, slots);
        this.receiverBias = Bias.ofReceiver(memory, slots);
    }

    public QueueMemory memory() {
        return memory;
    }

    public Slots slots() {
        return slots;
    }

    SegmentTable table() {
        return table;
    }

    /** More records than this do not lie in the places that there ever were. */
    public long mostRecords() {
        return (long) table.placeLimit() * memory.segmentLength() / RecordDescriptor.ALIGNMENT;
    }

    Places places() {
        return places;
    }

    Bias senderBias() {
        return senderBias;
    }

    Bias receiverBias() {
        return receiverBias;
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** Makes segments ready again that nobody needs any more; returns how many. */
    public int reclaim(Slot slot, long clientId) {
        return reclaimer.run(slot, clientId);
    }

    /** Gives ready places above {@code spares} back to the file system; returns how many. */
    public int trim(Slot slot, int spares) {
        return reclaimer.trim(slot, spares);
    }

    /**
     * What was handed to receivers that have not received it yet: it does not count as queued (R49). Read after the sum of what was
     * received, it never counts a message twice; it may miss one that was received in between.
     */
    public long handed() {
        long handed = 0;
        for (int index = receivers.next(0); index >= 0; index = receivers.next(index + 1)) {
            Slot receiver = slots.peer(index);
            long word = receiver.waiterWord();
            while (SlotDescriptor.namesRecord(word)) {
                long quantity = quantityAt(SlotDescriptor.handedAddress(word), receiver);
                long now = receiver.waiterWord();
                // As long as the word is the same the record's place can't be used again: it is not terminal, or pinned.
                if (now == word) {
                    handed += quantity;
                    break;
                }
                word = now; // accepted meanwhile, most likely: neither queued nor received still
            }
        }
        return handed;
    }

    /** Quantity of a message that a receiver has not counted as received yet, or 0. */
    long quantityAt(long address, Slot receiver) {
        boolean possible = address >= 0 && address % RecordDescriptor.ALIGNMENT == 0
            && address < memory.address(table.placeLimit())
            && table.numberAt(memory.placeOf(address)) != 0;
        if (!possible) {
            return 0;
        }
        int place = memory.placeOf(address);
        int room = table.length(place) - memory.offsetOf(address);
        if (room < RecordDescriptor.HEADER_LENGTH) {
            return 0;
        }
        UnsafeBuffer segment = memory.segment(place);
        int offset = memory.offsetOf(address);
        int length = Math.abs(RecordDescriptor.length(segment.getLongVolatile(offset)));
        boolean consumed = ClaimWord.isConsumed(segment.getIntVolatile(offset + RecordDescriptor.CLAIM_OFFSET));
        boolean counted = consumed && !receiver.isYetToCount(address);
        return counted || length < RecordDescriptor.HEADER_LENGTH || length > room ? 0
            : Quantity.ofMessage(length - RecordDescriptor.HEADER_LENGTH);
    }

    /**
     * Length in bytes of a segment that is pinned: where its records end.
     *
     * @throws ErrnoException EIO if the table says what can't be (invariant 13)
     */
    int length(long link) {
        int length = table.length(SegmentLink.place(link));
        if (length == 0) {
            throw new ErrnoException(Errno.EIO, memory.what() + " is damaged: the length of segment "
                + SegmentLink.number(link) + " at place " + SegmentLink.place(link) + " can't be");
        }
        return length;
    }

    /** Pins a segment, if its place still holds it. */
    boolean pin(Slot slot, int pin, long link) {
        table.reach(SegmentLink.place(link));
        slot.pin(pin, SegmentLink.place(link));
        return table.isLinked(link);
    }

    /** The oldest segment, or NONE before the first send. */
    long pinHead(Slot slot, int pin) {
        long head = table.head();
        while (head != SegmentLink.NONE && !pin(slot, pin, head)) {
            // A head that is not linked any more was replaced before it was retired.
            head = changed(head, table.head());
        }
        return head;
    }

    /** The segment that is appended to, or one shortly before; NONE before the first send. */
    long pinTail(Slot slot, int pin) {
        long tail = table.tail();
        while (tail != SegmentLink.NONE && !pin(slot, pin, tail)) {
            tail = changed(tail, table.tail());
        }
        return tail == SegmentLink.NONE ? pinHead(slot, pin) : tail;
    }

    private long changed(long before, long now) {
        if (now == before) {
            throw leadsNowhere(before);
        }
        return now;
    }

    private ErrnoException leadsNowhere(long link) {
        return new ErrnoException(Errno.EIO, memory.what() + " is damaged: there is no segment "
            + SegmentLink.number(link) + " at place " + SegmentLink.place(link));
    }

    /** The segment after one that is pinned, or NONE at the end of the chain, where the pin stays as it is. */
    long pinNext(Slot slot, int pin, long link) {
        long next = table.next(link);
        if (next == SegmentLink.NONE || pin(slot, pin, next)) {
            return next;
        }
        return pinAfter(slot, pin, SegmentLink.number(link));
    }

    /** The first segment with a number above {@code number}; there must have been one. */
    private long pinAfter(Slot slot, int pin, long number) {
        long link = pinHead(slot, pin);
        int restarts = 0;
        while (SegmentLink.number(link) <= number) {
            long next = table.next(link);
            if (next != SegmentLink.NONE && pin(slot, pin, next)) {
                link = next;
            } else if (++restarts > MAX_RESTARTS) {
                throw leadsNowhere(next);
            } else {
                // Retired after it was read: the reclaimer has come further, and so does a walk from the head.
                Thread.onSpinWait();
                link = pinHead(slot, pin);
            }
        }
        return link;
    }

    /**
     * The segment after the last one, made if need be.
     *
     * @param link  the last segment, pinned and sealed; NONE before the first
     * @param total quantity sent before the new segment
     * @throws ErrnoException ENOMEM when the hot directory is full or the queue has no place left
     */
    long extend(Slot slot, int pin, long link, long total) {
        if (table.next(link) == SegmentLink.NONE) {
            int place = places.claim(slot);
            if (!append(slot, link, place, total, memory.segmentLength())) {
                table.moveEntry(place, word(CLAIMED, slot.tag()), word(READY, 0));
            }
        }
        return enterNext(slot, pin, link);
    }

    /**
     * Claims places for a segment that is longer than a place; they are all zero.
     *
     * @param length bytes, at most {@link QueueMemory#MAX_SEGMENT_LENGTH} and a record's header
     * @return the first of the places
     * @throws ErrnoException ENOMEM when the hot directory is full or the queue has not enough places left in a row
     */
    int claimLong(Slot slot, int length) {
        return places.claimRun(slot, table.span(length));
    }

    /** Gives back what {@link #claimLong} claimed. Nothing but a record's header may have been written there. */
    void giveBackLong(Slot slot, int head) {
        places.giveBack(head, word(CLAIMED, slot.tag()));
    }

    /**
     * Appends a segment of one long record, whose header stands in it already: the claim of the record is public together with
     * its segment. Since it is not terminal the segment stays where it is, pinned or not.
     *
     * @param link  the last segment, pinned and sealed
     * @param head  from {@link #claimLong}
     * @param total quantity sent before the new segment
     * @return the new segment, or NONE if somebody else appended: the places are claimed still
     */
    long extendLong(Slot slot, int pin, long link, int head, long total, int length) {
        return append(slot, link, head, total, length) ? enterNext(slot, pin, link) : SegmentLink.NONE;
    }

    private boolean append(Slot slot, long link, int place, long total, int length) {
        memory.checkOpen(); // what stands in the place may be private memory
        // Looked at again with the place in hand: had this very number been appended with this very place meanwhile, and
        // been used up, a straggler could take what is prepared now for what it read then.
        if (table.next(link) != SegmentLink.NONE) {
            return false;
        }
        long number = link == SegmentLink.NONE ? SegmentLink.FIRST_NUMBER
            : SegmentLink.number(link) + table.span(length(link));
        table.prepare(place, number, slot.tag(), total, length);
        if (table.append(link, SegmentLink.link(number, place))) {
            return true;
        }
        table.moveEntry(place, word(PREPARED, number), word(CLAIMED, slot.tag()));
        return false;
    }

    private long enterNext(Slot slot, int pin, long link) {
        long next = pinNext(slot, pin, link);
        table.advanceTail(next);
        return next;
    }
}
