package dev.msqd.log;

import static dev.msqd.layout.RecordDescriptor.CLAIM_OFFSET;
import static dev.msqd.layout.RecordDescriptor.HEADER_LENGTH;
import static dev.msqd.layout.RecordDescriptor.PADDING_TYPE;
import static dev.msqd.layout.RecordDescriptor.aligned;
import static dev.msqd.layout.RecordDescriptor.length;
import static dev.msqd.layout.RecordDescriptor.type;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.detail;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Words;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SlotDescriptor;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Settles what the dead left in a queue. One repairer at a time: the daemon, or a new daemon before it serves.
 *
 * <pre>
 *  found in a dead owner's slot            verdict
 *  ------------------------------------    -------------------------------------------------------------------
 *  the only sender's intent                its header is stored, if there is none: a record being written
 *  Pending, record consumed by its tag     Total := New
 *  Pending, record not consumed by it      as if it had not begun
 *  waiter ARMING, WAITING                  IDLE; no sender can hand to it any more
 *  waiter HANDED, record taken for it      the record goes back to its place
 *  record being written with its tag       DEAD; a receiver it was handed to is nudged first
 *  record TAKEN with its tag               AVAILABLE
 *  place CLAIMED with its tag              given back to the file system, with its PARTs
 *  place PREPARED by its tag               LINKED if the chain has it, else READY, with its PARTs
 *  place LINKED, long, prepared by its tag its record is looked at, too
 *  right to do without locked operations   nobody has it
 *  reclaiming                              somebody else may
 * </pre>
 *
 * In every case receivers look at everything again: the rescan epoch goes up.
 *
 * <p>Where a record of the dead can be is known from the slot's pins, and from what it appended itself. Every step is a CAS or may be done twice, and the slot is
 * freed last (invariants 8 and 9).
 */
public final class Repair {
    private final QueueMemory memory;
    private final SegmentChain chain;
    private final SegmentTable table;
    private final Slots slots;
    private final Places places;

    private int slotsFreed;
    private int recordsDead;
    private int recordsReturned;

    public Repair(SegmentChain chain) {
        this.memory = chain.memory();
        this.chain = chain;
        this.table = chain.table();
        this.slots = chain.slots();
        this.places = chain.places();
    }

    /** Settles every slot whose owner's client id is not alive. Sleepers must be woken to look again afterwards. */
    public Report run(LongPredicate alive) {
        slotsFreed = 0;
        recordsDead = 0;
        recordsReturned = 0;
        ErrnoException failure = null;
        for (int index = 0, limit = slots.limit(); index < limit; index++) {
            Slot slot = new Slot(memory, index);
            long owner = slot.owner();
            if (owner != 0 && !alive.test(owner)) {
                try {
                    settle(slot, owner);
                    slotsFreed++;
                } catch (ErrnoException e) {
                    // Its segments can't be mapped: the others are settled nevertheless.
                    failure = e;
                }
            }
        }
        long reclaiming = chain.reclaimer().reclaiming();
        if (reclaiming != 0 && !alive.test(reclaiming)) {
            chain.reclaimer().releaseFor(reclaiming);
        }
        return new Report(slotsFreed, recordsDead, recordsReturned, failure);
    }

    /**
     * Takes the receivers of stopped processes out of the line of those who wait (R56). What was handed to one becomes the own
     * slot's for a moment, so that it is given back whatever happens to this process.
     *
     * @param own       this process's slot; its candidate pin is used
     * @param stopped   whether the process of a client id is stopped
     * @param dismissed has a receiver look again that may have gone on in the meantime
     * @return as slots freed, the receivers that left the line
     */
    public Report dismiss(Slot own, LongPredicate stopped, Consumer<Slot> dismissed) {
        slotsFreed = 0;
        recordsDead = 0;
        recordsReturned = 0;
        ArmedSlots receivers = ArmedSlots.receivers(memory);
        for (int index = receivers.next(0); index >= 0; index = receivers.next(index + 1)) {
            Slot slot = slots.peer(index);
            long word = slot.waiterWord();
            long owner = slot.owner();
            boolean inLine = SlotDescriptor.isWaiting(word) || SlotDescriptor.isHanded(word);
            if (inLine && owner != 0 && stopped.test(owner)) {
                boolean settled = SlotDescriptor.isWaiting(word) || takeOver(own, slot, word);
                if (settled && slot.moveWaiter(word, SlotDescriptor.NUDGED)) {
                    slotsFreed++;
                    dismissed.accept(slot);
                }
                settlePinned(own, SlotDescriptor.CANDIDATE_PIN);
            }
        }
        own.unpin(SlotDescriptor.CANDIDATE_PIN);
        if (recordsReturned > 0) {
            memory.state().bumpRescanEpoch();
        }
        return new Report(slotsFreed, recordsDead, recordsReturned, null);
    }

    /**
     * Takes the record that a word names from who was handed it. As long as the word does it is not terminal: if it still does after the
     * pin, the pin came in time. Between the two who accept and who take over the claim word decides.
     *
     * @return false if the record is in somebody's hand still: then the word must stay
     */
    private boolean takeOver(Slot own, Slot receiver, long word) {
        long address = SlotDescriptor.handedAddress(word);
        if (address < 0 || address >= memory.address(table.placeLimit())) {
            return true; // a word that names nothing
        }
        int place = memory.placeOf(address);
        long number = table.numberAt(place);
        if (number == 0 || !chain.pin(own, SlotDescriptor.CANDIDATE_PIN, SegmentLink.link(number, place))
            || receiver.waiterWord() != word || !isRecord(address)) {
            return false;
        }
        UnsafeBuffer segment = memory.segment(place);
        int claimOffset = memory.offsetOf(address) + CLAIM_OFFSET;
        int claim = segment.getIntVolatile(claimOffset);
        if (ClaimWord.isHandedTo(claim, receiver.presentTag())) {
            return segment.compareAndSetInt(claimOffset, claim, ClaimWord.taken(claim, own.tag()));
        }
        return !ClaimWord.isTaken(claim);
    }

    /** Frees one slot of an owner that is known to be gone. */
    void settle(Slot slot, long owner) {
        settle(slot);
        slots.release(slot, owner);
    }

    /**
     * The slot that an earlier life of an owner left, settled, for its next life.
     *
     * @return null if there is none
     */
    public Slot adopt(long owner) {
        chain.reclaimer().releaseFor(owner);
        for (int index = 0, limit = slots.limit(); index < limit; index++) {
            Slot slot = new Slot(memory, index);
            if (slot.owner() == owner) {
                settle(slot);
                return slots.begin(index);
            }
        }
        return null;
    }

    private void settle(Slot slot) {
        settleIntent(slot);
        settlePending(slot);
        settleWaiter(slot);
        settleRecords(slot);
        settlePlaces(slot);
        chain.senderBias().drop(slot.tag());
        chain.receiverBias().drop(slot.tag());
        for (int pin = 0; pin < SlotDescriptor.PIN_COUNT; pin++) {
            slot.unpin(pin);
        }
        // Also for what the dead one, or an earlier repair, put back without a word: a killed process may have come as far as
        // the record, but not to the epoch.
        memory.state().bumpRescanEpoch();
    }

    /** The only sender may have written any part of the record but its header. */
    private void settleIntent(Slot slot) {
        long intent = slot.intent();
        int place = slot.pinnedPlace(SlotDescriptor.APPENDING_PIN);
        if (place < 0 || place >= table.placeLimit()) {
            return;
        }
        int offset = SlotDescriptor.intentOffset(intent);
        long address = memory.address(place) + offset;
        if (SlotDescriptor.isIntentFor(intent, table.numberAt(place), offset) && isRecord(address)) {
            Appender.showClaim(memory.records(place), table.length(place), offset, intent, slot.tag());
        }
    }

    private void settlePending(Slot slot) {
        long address = slot.pendingAddress();
        if (address != -1 && isRecord(address)) {
            UnsafeBuffer segment = memory.segment(memory.placeOf(address));
            int offset = memory.offsetOf(address);
            boolean consumed = length(segment.getLongVolatile(offset)) > 0
                && ClaimWord.isConsumedBy(segment.getIntVolatile(offset + CLAIM_OFFSET), slot.tag());
            if (consumed && ClaimWord.isLogged(segment.getIntVolatile(offset + CLAIM_OFFSET))) {
                table.markConsumed(memory.placeOf(address));
            }
            slot.endConsuming(consumed);
        } else if (address != -1) {
            slot.endConsuming(false);
        }
    }

    /** Words of the dead are believed as far as they lead to a record: walks there from its segment's beginning. */
    private boolean isRecord(long address) {
        if (address < 0 || address >= memory.address(table.placeLimit())) {
            return false;
        }
        int place = memory.placeOf(address);
        int target = memory.offsetOf(address);
        int state = state(table.entryWord(place));
        if (state != LINKED && state != RETIRED) {
            return false;
        }
        UnsafeBuffer segment = memory.segment(place);
        int offset = 0;
        while (offset < target) {
            int length = Math.abs(length(segment.getLongVolatile(offset)));
            if (length < HEADER_LENGTH || length > target - offset) {
                return false;
            }
            offset += aligned(length);
        }
        return offset == target && offset <= table.length(place) - HEADER_LENGTH;
    }

    private void settleWaiter(Slot slot) {
        long word = slot.waiterWord();
        while ((SlotDescriptor.isWaiting(word) || SlotDescriptor.isArming(word))
            && !slot.moveWaiter(word, SlotDescriptor.IDLE)) {
            word = slot.waiterWord();
        }
        if (SlotDescriptor.isHanded(word)) {
            long address = SlotDescriptor.handedAddress(word);
            if (isRecord(address)) {
                giveBack(slot, memory.placeOf(address), memory.offsetOf(address));
            }
        }
        slot.idleWaiter();
        ArmedSlots.receivers(memory).clear(slot.index());
        ArmedSlots.senders(memory).clear(slot.index());
    }

    private void settleRecords(Slot slot) {
        for (int pin = 0; pin < SlotDescriptor.PIN_COUNT; pin++) {
            settlePinned(slot, pin);
        }
    }

    private void settlePinned(Slot slot, int pin) {
        int place = slot.pinnedPlace(pin);
        if (place >= 0 && place < table.placeLimit() && state(table.entryWord(place)) == LINKED) {
            settleRecords(slot, place);
        }
    }

    private void settleRecords(Slot slot, int place) {
        Words segment = memory.records(place);
        int end = table.length(place);
        int offset = 0;
        while (offset < end) {
            long header = segment.getLongVolatile(offset);
            int length = Math.abs(length(header));
            if (type(header) == PADDING_TYPE || length < HEADER_LENGTH || length > end - offset) {
                return;
            }
            if (length(header) < 0 && type(header) == slot.tag()) {
                takeBackFromReceiver(memory.address(place) + offset);
                if (Appender.kill(slot, segment, memory.address(place), offset, slot.tag())) {
                    recordsDead++;
                }
            } else {
                giveBack(slot, place, offset);
            }
            offset += aligned(length);
        }
    }

    /** A receiver that a record was handed to trusts it only while its waiter word says so. */
    private void takeBackFromReceiver(long address) {
        long handed = SlotDescriptor.handed(address);
        for (int index = 0, limit = slots.limit(); index < limit; index++) {
            Slot receiver = slots.peer(index);
            if (receiver.waiterWord() == handed) {
                receiver.moveWaiter(handed, SlotDescriptor.NUDGED);
            }
        }
    }

    private void giveBack(Slot slot, int place, int offset) {
        UnsafeBuffer segment = memory.segment(place);
        int claim = segment.getIntVolatile(offset + CLAIM_OFFSET);
        while (ClaimWord.isTakenBy(claim, slot.tag())) {
            takeBackFromReceiver(memory.address(place) + offset);
            if (segment.compareAndSetInt(offset + CLAIM_OFFSET, claim, ClaimWord.returned(claim))) {
                recordsReturned++;
            }
            claim = segment.getIntVolatile(offset + CLAIM_OFFSET);
        }
    }

    private void settlePlaces(Slot slot) {
        for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
            long word = table.entryWord(place);
            if (word == word(CLAIMED, slot.tag())) {
                places.release(place, word);
            } else if (table.preparer(place) == slot.tag() && (state(word) == PREPARED || state(word) == LINKED)) {
                settlePrepared(slot, place, word);
            }
        }
    }

    /** A long segment is appended with a record being written in it, and the dead may not have come as far as to pin it. */
    private void settlePrepared(Slot slot, int place, long word) {
        long link = SegmentLink.link(detail(word), place);
        if (state(word) == PREPARED && !isChained(slot, link)) {
            places.giveBack(place, word);
        } else if (table.length(place) > memory.segmentLength()
            && chain.pin(slot, SlotDescriptor.CANDIDATE_PIN, link)) {
            settleRecords(slot, place);
        }
    }

    /** Looks for a segment in the chain; finding it marks it linked. */
    private boolean isChained(Slot slot, long wanted) {
        long link = chain.pinHead(slot, SlotDescriptor.CANDIDATE_PIN);
        while (link != SegmentLink.NONE && SegmentLink.number(link) < SegmentLink.number(wanted)) {
            link = chain.pinNext(slot, SlotDescriptor.CANDIDATE_PIN, link);
        }
        return link == wanted;
    }

    /**
     * What a repair did.
     *
     * @param recordsDead     messages that were being written
     * @param recordsReturned messages that were taken and are in their places again
     * @param failure         what kept a slot from being settled, to be tried again; null if nothing
     */
    public record Report(int slotsFreed, int recordsDead, int recordsReturned, ErrnoException failure) {
        public boolean isEmpty() {
            return slotsFreed == 0;
        }

        /** Was more left than slots? */
        public boolean isOfRecords() {
            return recordsDead + recordsReturned > 0;
        }
    }
}
