package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.RETIRED;
import static dev.msqd.layout.SegmentTableDescriptor.detail;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.layout.StateDescriptor.RECLAIMER_OFFSET;

import dev.msqd.calls.Words;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import java.util.BitSet;

/**
 * Gives segments back whose records are all terminal, so that their warm memory is used again (invariant 10).
 *
 * <p>One at a time reclaims; who finds another at it goes on with its own work. A reclaimer may die anywhere: what it left is
 * found again by one rule. A segment that is marked linked, stands before what was walked, and is not in the chain, is
 * retired; a retired one that nobody pins is claimed, zeroed and ready. Zeroing, the long part, is done after the lock was let
 * go, since whoever is stopped while it holds the lock stops reclaiming for all until it goes on or dies.
 */
final class Reclaimer {
    /** Segments looked at in a short run; a full run comes often enough to cost no more than the short ones together. */
    private static final int SHORT_RUN = 32;

    private final QueueMemory memory;
    private final Words state;
    private final SegmentTable table;
    private final Slots slots;
    private final Places places;
    /** Scratch, under the lock. */
    private final BitSet chained = new BitSet();
    private int shortRuns;
    private int lastFullLength;

    Reclaimer(QueueMemory memory, SegmentTable table, Slots slots, Places places) {
        this.memory = memory;
        this.state = memory.stateWords();
        this.table = table;
        this.slots = slots;
        this.places = places;
    }

    /** Reclaims what a short look finds, or everything now and then. Any thread; returns how many became ready. */
    int run(Slot slot, long clientId) {
        claim(slot, clientId);
        return new Zeroing(places, this, slot).all();
    }

    /** The same, but what is found is left claimed by the slot, to be zeroed. */
    void claim(Slot slot, long clientId) {
        if (!state.compareAndSetLong(RECLAIMER_OFFSET, 0, clientId)) {
            return;
        }
        try {
            boolean full = ++shortRuns * SHORT_RUN >= lastFullLength;
            reclaim(slot, full ? Integer.MAX_VALUE : SHORT_RUN);
        } finally {
            state.putLongVolatile(RECLAIMER_OFFSET, 0);
        }
    }

    /** The first segment that the slot has claimed, or -1. */
    int claimed(Slot slot) {
        long claimed = word(CLAIMED, slot.tag());
        for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
            if (table.entryWord(place) == claimed) {
                return place;
            }
        }
        return -1;
    }

    /** Client id of who reclaims, or 0. */
    long reclaiming() {
        return state.getLongVolatile(RECLAIMER_OFFSET);
    }

    /** Lets others reclaim after the one at it is known to be dead. */
    void releaseFor(long deadClientId) {
        state.compareAndSetLong(RECLAIMER_OFFSET, deadClientId, 0);
    }

    /** Gives ready places above {@code spares} back to the file system; returns how many. */
    int trim(Slot slot, int spares) {
        int ready = 0;
        int released = 0;
        for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
            long word = table.entryWord(place);
            if (state(word) == READY && ++ready > spares) {
                long claimed = word(CLAIMED, slot.tag());
                if (table.moveEntry(place, word, claimed)) {
                    places.release(place, claimed);
                    released++;
                }
            }
        }
        return released;
    }

    private void reclaim(Slot slot, int budget) {
        chained.clear();
        long tailNumber = SegmentLink.number(table.tail());
        long retainFrom = table.retainFrom();
        long walked = 0;
        int length = 0;
        long previous = SegmentLink.NONE;
        long link = table.head();
        while (link != SegmentLink.NONE && SegmentLink.number(link) < tailNumber && length < budget) {
            long next = table.next(link);
            // Linked first: a damaged chain may lead where there is no memory. A last segment stays, whatever the tail says.
            if (next != SegmentLink.NONE && (retainFrom == 0 || SegmentLink.number(link) < retainFrom)
                && table.isLinked(link) && isTerminal(SegmentLink.place(link))) {
                table.bypass(previous, next);
            } else {
                chained.set(SegmentLink.place(link));
                previous = link;
                length++;
            }
            walked = SegmentLink.number(link);
            link = next;
        }
        if (budget == Integer.MAX_VALUE) {
            lastFullLength = length;
            shortRuns = 0;
        }
        claimUnused(slot, walked);
    }

    private void claimUnused(Slot slot, long walked) {
        for (int place = 0, limit = table.placeLimit(); place < limit; place++) {
            long word = table.entryWord(place);
            if (state(word) == LINKED && detail(word) <= walked && !chained.get(place)) {
                long retired = word(RETIRED, detail(word));
                table.moveEntry(place, word, retired);
                word = retired;
            }
            if (state(word) == RETIRED && !slots.isPinned(place)) {
                table.moveEntry(place, word, word(CLAIMED, slot.tag()));
            }
        }
    }

    /** Was the message received, and is that on disk if the message is? */
    static boolean isOver(Words segment, int offset) {
        int claim = segment.getIntVolatile(offset + RecordDescriptor.CLAIM_OFFSET);
        return ClaimWord.isConsumed(claim)
            && (!ClaimWord.isLogged(claim) || segment.getIntVolatile(offset + RecordDescriptor.LOG_FILE_OFFSET) == 0);
    }

    /** Sealed, and every message consumed or dead? Looks on from where an earlier look stopped. */
    private boolean isTerminal(int place) {
        int end = table.length(place);
        if (end == 0) {
            return false;
        }
        Words segment = memory.records(place);
        int offset = table.reclaimProgress(place, end);
        int start = offset;
        while (offset < end) {
            long header = segment.getLongVolatile(offset);
            int length = RecordDescriptor.length(header);
            int type = RecordDescriptor.type(header);
            if (type == RecordDescriptor.PADDING_TYPE) {
                return length == end - offset;
            }
            boolean terminal = length >= RecordDescriptor.HEADER_LENGTH && length <= end - offset
                && (type == RecordDescriptor.DEAD_TYPE || isOver(segment, offset));
            if (!terminal) {
                if (offset != start) {
                    table.noteReclaimProgress(place, offset);
                }
                return false;
            }
            offset += RecordDescriptor.aligned(length);
        }
        return true;
    }
}
