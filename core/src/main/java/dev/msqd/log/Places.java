package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import java.util.BitSet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The places of a queue's file: claiming them, one or a run of neighbours, and giving them back. Any thread.
 *
 * <p>Whoever claims places uses those that are ready first, then those whose blocks were given back, then new ones.
 */
final class Places {
    private final QueueMemory memory;
    private final SegmentTable table;

    Places(QueueMemory memory, SegmentTable table) {
        this.memory = memory;
        this.table = table;
    }

    // ---- claiming

    /**
     * Claims a place that is allocated and all zero.
     *
     * @throws ErrnoException ENOMEM when the hot directory is full or the queue has no place left
     */
    int claim(Slot slot) {
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
                throw noneLeft(1);
            }
            makeEntries(limit + 1);
        }
    }

    /**
     * Claims neighbouring places of one window that are allocated and all zero: the head, which is returned, and followers that
     * are marked as its parts.
     *
     * @param span how many, from 2
     * @throws ErrnoException ENOMEM when the hot directory is full or the queue has no such places left; nothing is claimed then
     */
    int claimRun(Slot slot, int span) {
        long claimed = word(CLAIMED, slot.tag());
        BitSet holes = new BitSet(span);
        while (true) {
            int head = findRun(span);
            makeEntries(head + span);
            if (claimAll(head, span, claimed, holes)) {
                allocateAll(head, span, claimed, holes);
                for (int place = head + 1; place < head + span; place++) {
                    table.moveEntry(place, claimed, word(PART, head));
                }
                return head;
            }
        }
    }

    private int findRun(int span) {
        int head = findRun(span, table.placeLimit(), false);
        if (head < 0) {
            head = findRun(span, SegmentLink.MAX_PLACES, true);
        }
        if (head < 0) {
            throw noneLeft(span);
        }
        return head;
    }

    /** The first run of free places, or -1. Places that have no entry yet are holes. */
    private int findRun(int span, int end, boolean holesToo) {
        int limit = table.placeLimit();
        int head = 0;
        for (int place = 0; place < end; place++) {
            if (memory.windows().beginsAt(place)) {
                head = place;
            }
            int state = place < limit ? state(table.entryWord(place)) : HOLE;
            if (state != READY && !(holesToo && state == HOLE)) {
                head = place + 1;
            } else if (place + 1 - head == span) {
                return head;
            }
        }
        return -1;
    }

    /** Claims all or none, and notes which were holes. False when somebody else was quicker. */
    private boolean claimAll(int head, int span, long claimed, BitSet holes) {
        holes.clear();
        for (int i = 0; i < span; i++) {
            long word = table.entryWord(head + i);
            holes.set(i, state(word) == HOLE);
            if ((state(word) != READY && state(word) != HOLE) || !table.moveEntry(head + i, word, claimed)) {
                restore(head, i, claimed, holes);
                return false;
            }
        }
        return true;
    }

    private void allocateAll(int head, int span, long claimed, BitSet holes) {
        try {
            int end;
            for (int i = holes.nextSetBit(0); i >= 0; i = holes.nextSetBit(end)) {
                end = holes.nextClearBit(i);
                memory.allocate(head + i, end - i);
                memory.windows().populate(head + i, end - i);
            }
            // Mapped before it is needed: who has linked a segment must be able to store to it.
            memory.segment(head);
        } catch (ErrnoException e) {
            restore(head, span, claimed, holes);
            throw outOfMemory(span, e);
        }
    }

    private void restore(int head, int span, long claimed, BitSet holes) {
        for (int i = 0; i < span; i++) {
            if (holes.get(i)) {
                memory.release(head + i);
            }
            table.moveEntry(head + i, claimed, word(holes.get(i) ? HOLE : READY, 0));
        }
    }

    private void allocate(int place, long claimed) {
        try {
            memory.allocate(place);
            memory.windows().populate(place, 1);
        } catch (ErrnoException e) {
            table.moveEntry(place, claimed, word(HOLE, 0));
            throw outOfMemory(1, e);
        }
    }

    private void makeEntries(int end) {
        for (int limit = table.placeLimit(); limit < end; limit = table.placeLimit()) {
            try {
                memory.allocateEntry(limit);
            } catch (ErrnoException e) {
                throw outOfMemory(1, e);
            }
            table.raisePlaceLimit(limit);
        }
    }

    private ErrnoException noneLeft(int span) {
        return new ErrnoException(Errno.ENOMEM, memory.what() + ": of its " + SegmentLink.MAX_PLACES + " places of "
            + memory.segmentLength() + " bytes there are not " + span + " left in a row");
    }

    private ErrnoException outOfMemory(int span, ErrnoException cause) {
        return new ErrnoException(Errno.ENOMEM, "no room for a segment of " + (long) span * memory.segmentLength()
            + " bytes in the hot directory (msqd.hot.dir): " + cause.getMessage(), cause);
    }

    // ---- giving back; each may be stopped anywhere and done again (invariant 9)

    /**
     * Gives back a segment that nobody has seen, and of which no more was written than its first record's header. Does nothing if
     * the head's word is another one by now.
     */
    void giveBack(int head, long word) {
        if (table.entryWord(head) == word) {
            memory.records(head).zero(0, RecordDescriptor.HEADER_LENGTH);
            for (int place = lastPart(head); place >= head; place--) {
                free(place, head, word, READY);
            }
        }
    }

    /**
     * Zeroes a part of a claimed segment that was in use. However long it is, its memory is zeroed and kept: giving the blocks back takes
     * about as long, and having new ones, which the kernel must find, zero and map, takes twice as long again. What is kept for
     * nobody the daemon trims.
     */
    void zero(int head, int offset, int length) {
        memory.records(head).zero(offset, length);
    }

    /** Gives back a segment that the slot has claimed and that is all zero. */
    void giveBackZeroed(int head, Slot slot) {
        for (int place = lastPart(head); place >= head; place--) {
            free(place, head, word(CLAIMED, slot.tag()), READY);
        }
    }

    /** Bytes of a claimed segment, with all its parts. */
    int lengthOfClaimed(int head) {
        return length(lastPart(head) - head + 1);
    }

    int length(int count) {
        return count * memory.segmentLength();
    }

    /** Gives back a claimed segment of which nobody knows what is in it, together with its blocks. */
    void release(int head, long word) {
        for (int place = lastPart(head); place >= head; place--) {
            memory.release(place);
            free(place, head, word, HOLE);
        }
    }

    /** The last first, the head at the end: those that are left are always found from the head. */
    private void free(int place, int head, long word, int state) {
        if (memory.isClosed()) {
            return; // what was zeroed may have been private memory already
        }
        table.moveEntry(place, place == head ? word : word(PART, head), word(state, 0));
    }

    private int lastPart(int head) {
        long part = word(PART, head);
        int place = head + 1;
        while (place < table.placeLimit() && table.entryWord(place) == part && !memory.windows().beginsAt(place)) {
            place++;
        }
        return place - 1;
    }
}
