package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;

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
    private final Reclaimer reclaimer;
    private final ArmedSlots receivers;

    public SegmentChain(QueueMemory memory) {
        this.memory = memory;
        this.table = new SegmentTable(memory);
        this.slots = new Slots(memory);
        this.reclaimer = new Reclaimer(memory, table, slots);
        this.receivers = ArmedSlots.receivers(memory);
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
     * What was handed to receivers that have not come round to it: it is neither queued (R49) nor received yet. Read after the
     * sum of what was received, it never counts a message twice.
     */
    public long handed() {
        long handed = 0;
        for (int index = receivers.next(0); index >= 0; index = receivers.next(index + 1)) {
            Slot receiver = slots.peer(index);
            long word = receiver.waiterWord();
            if (SlotDescriptor.isHanded(word)) {
                long quantity = quantityAt(SlotDescriptor.handedAddress(word));
                // As long as the word is the same the record is not terminal, and what was read is the record's.
                if (receiver.waiterWord() == word) {
                    handed += quantity;
                }
            }
        }
        return handed;
    }

    long quantityAt(long address) {
        boolean possible = address >= 0 && address % RecordDescriptor.ALIGNMENT == 0
            && address < memory.address(table.placeLimit())
            && memory.offsetOf(address) <= memory.segmentLength() - RecordDescriptor.HEADER_LENGTH
            && table.numberAt(memory.placeOf(address)) != 0;
        if (!possible) {
            return 0;
        }
        long header = memory.segment(memory.placeOf(address)).getLongVolatile(memory.offsetOf(address));
        int payloadLength = Math.abs(RecordDescriptor.length(header)) - RecordDescriptor.HEADER_LENGTH;
        return payloadLength < 0 || payloadLength > memory.segmentLength() ? 0 : Quantity.ofMessage(payloadLength);
    }

    /** Pins a segment, if its place still holds it. */
    boolean pin(Slot slot, int pin, long link) {
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
            int place = claimPlace(slot);
            long number = link == SegmentLink.NONE ? SegmentLink.FIRST_NUMBER : SegmentLink.number(link) + 1;
            // Looked at again with the place in hand: had this very number been appended with this very place meanwhile, and
            // been used up, a straggler could take what is prepared now for what it read then.
            if (table.next(link) != SegmentLink.NONE) {
                table.moveEntry(place, word(CLAIMED, slot.tag()), word(READY, 0));
            } else {
                table.prepare(place, number, slot.tag(), total);
                if (!table.append(link, SegmentLink.link(number, place))) {
                    table.moveEntry(place, word(PREPARED, number), word(READY, 0));
                }
            }
        }
        long next = pinNext(slot, pin, link);
        table.advanceTail(next);
        return next;
    }

    /** A place that is allocated and all zero: one that was used before, or else a new one. */
    private int claimPlace(Slot slot) {
        long claimed = word(CLAIMED, slot.tag());
        while (true) {
            int limit = table.placeLimit();
            for (int place = 0; place < limit; place++) {
                long word = table.entryWord(place);
                if (state(word) == READY && table.moveEntry(place, word, claimed)) {
                    return place;
                }
            }
            for (int place = 0; place < limit; place++) {
                long word = table.entryWord(place);
                if (state(word) == HOLE && table.moveEntry(place, word, claimed)) {
                    allocate(place, claimed);
                    return place;
                }
            }
            if (limit == SegmentLink.MAX_PLACES) {
                throw new ErrnoException(Errno.ENOMEM, memory.what() + ": all " + limit + " segments of "
                    + memory.segmentLength() + " bytes are in use");
            }
            allocateEntry(limit);
            table.raisePlaceLimit(limit);
        }
    }

    private void allocate(int place, long claimed) {
        try {
            memory.allocate(place);
            memory.populate(place);
        } catch (ErrnoException e) {
            table.moveEntry(place, claimed, word(HOLE, 0));
            throw outOfMemory(e);
        }
    }

    private void allocateEntry(int place) {
        try {
            memory.allocateEntry(place);
        } catch (ErrnoException e) {
            throw outOfMemory(e);
        }
    }

    private ErrnoException outOfMemory(ErrnoException cause) {
        return new ErrnoException(Errno.ENOMEM, "no room for a segment of " + memory.segmentLength()
            + " bytes in the hot directory (msqd.hot.dir): " + cause.getMessage(), cause);
    }
}
