package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.APPEND_HINT_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.LENGTH_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.LINKED;
import static dev.msqd.layout.SegmentTableDescriptor.NEXT_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.PART;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARED;
import static dev.msqd.layout.SegmentTableDescriptor.PREPARER_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.RECLAIM_PROGRESS_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.TOTAL_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.WORD_OFFSET;
import static dev.msqd.layout.SegmentTableDescriptor.detail;
import static dev.msqd.layout.SegmentTableDescriptor.state;
import static dev.msqd.layout.SegmentTableDescriptor.word;
import static dev.msqd.layout.StateDescriptor.HEAD_OFFSET;
import static dev.msqd.layout.StateDescriptor.PLACE_LIMIT_OFFSET;
import static dev.msqd.layout.StateDescriptor.TAIL_OFFSET;
import static dev.msqd.layout.StateDescriptor.entryOffset;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Words;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentLink;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.StateDescriptor;

/** The segment table and the two ends of the chain, as words. */
final class SegmentTable {
    private final QueueMemory memory;
    private final Words state;
    private final String what;
    private final int segmentLength;

    SegmentTable(QueueMemory memory) {
        this.memory = memory;
        this.state = memory.stateWords();
        this.what = memory.what();
        this.segmentLength = memory.segmentLength();
    }

    /**
     * Places below this have an entry, which can be reached from now on: what fails here for want of memory fails before anything
     * was done to any of them.
     *
     * @throws ErrnoException ENOMEM; EIO if there can't be so many
     */
    int placeLimit() {
        int limit = state.getIntVolatile(PLACE_LIMIT_OFFSET);
        if (limit < 0 || limit > SegmentLink.MAX_PLACES) {
            throw new ErrnoException(Errno.EIO, what + " is damaged: " + limit + " places");
        }
        reach(limit - 1);
        return limit;
    }

    /** No place from this one on holds a segment of the chain. */
    int usedPlaces() {
        int place = placeLimit();
        while (place > 0 && !isUsed(state(entryWord(place - 1)))) {
            place--;
        }
        return place;
    }

    private static boolean isUsed(int state) {
        return state == LINKED || state == PART;
    }

    boolean raisePlaceLimit(int from) {
        return state.compareAndSetInt(PLACE_LIMIT_OFFSET, from, from + 1);
    }

    long head() {
        return state.getLongVolatile(HEAD_OFFSET);
    }

    long tail() {
        return state.getLongVolatile(TAIL_OFFSET);
    }

    /** Invariant 11: forward only. */
    void advanceTail(long link) {
        long tail = tail();
        while (SegmentLink.number(tail) < SegmentLink.number(link)) {
            if (state.compareAndSetLong(TAIL_OFFSET, tail, link)) {
                return;
            }
            tail = tail();
        }
    }

    long entryWord(int place) {
        return words(place).getLongVolatile(entryOffset(place) + WORD_OFFSET);
    }

    boolean moveEntry(int place, long from, long to) {
        return words(place).compareAndSetLong(entryOffset(place) + WORD_OFFSET, from, to);
    }

    /**
     * Does the place still hold the segment that {@code link}, read from the chain, means? One that was appended but not
     * yet marked so is marked on the way.
     */
    boolean isLinked(long link) {
        int place = SegmentLink.place(link);
        long number = SegmentLink.number(link);
        long word = entryWord(place);
        if (word == word(PREPARED, number)) {
            moveEntry(place, word, word(LINKED, number));
            word = entryWord(place);
        }
        return word == word(LINKED, number);
    }

    /** Number of the segment that a place holds, or 0. */
    long numberAt(int place) {
        long word = entryWord(place);
        return state(word) == LINKED ? detail(word) : 0;
    }

    /**
     * What follows a segment; what follows no segment is the head.
     *
     * @throws ErrnoException EIO if it is not a later one: a chain that bites its tail would be walked for ever
     */
    long next(long link) {
        if (link == SegmentLink.NONE) {
            return head();
        }
        int place = SegmentLink.place(link);
        long next = words(place).getLongVolatile(nextOffset(place));
        if (next != SegmentLink.NONE && SegmentLink.number(next) <= SegmentLink.number(link)) {
            throw new ErrnoException(Errno.EIO, what + " is damaged: segment " + SegmentLink.number(next)
                + " follows segment " + SegmentLink.number(link));
        }
        return next;
    }

    /** Links the first segment to follow {@code link}, once. */
    boolean append(long link, long next) {
        int place = SegmentLink.place(link);
        return link == SegmentLink.NONE ? state.compareAndSetLong(HEAD_OFFSET, SegmentLink.NONE, next)
            : words(place).compareAndSetLong(nextOffset(place), SegmentLink.NONE, next);
    }

    /** Leads past a segment. For the reclaimer, who is alone. */
    void bypass(long link, long next) {
        if (link == SegmentLink.NONE) {
            state.putLongVolatile(HEAD_OFFSET, next);
        } else {
            int place = SegmentLink.place(link);
            words(place).putLongVolatile(nextOffset(place), next);
        }
    }

    /** Makes a claimed place's entry that of a new segment, which is not in the chain yet. */
    void prepare(int place, long number, int tag, long totalAtStart, int length) {
        Words words = words(place);
        int entry = entryOffset(place);
        words.putLong(entry + PREPARER_OFFSET, tag);
        words.putLong(entry + NEXT_OFFSET, SegmentLink.NONE);
        words.putLong(entry + TOTAL_OFFSET, totalAtStart);
        words.putLong(entry + APPEND_HINT_OFFSET, 0);
        words.putLong(entry + RECLAIM_PROGRESS_OFFSET, 0);
        words.putLong(entry + LENGTH_OFFSET, length);
        moveEntry(place, word(CLAIMED, tag), word(PREPARED, number));
    }

    /** A logged message of this place was received: its end belongs in the log, too. Twice does no harm. */
    void markConsumed(int place) {
        words(place).putLongVolatile(entryOffset(place) + SegmentTableDescriptor.CONSUMED_OFFSET, 1);
        state.putLongVolatile(StateDescriptor.CONSUMED_OFFSET, 1);
    }

    boolean anyConsumed() {
        return state.getLongVolatile(StateDescriptor.CONSUMED_OFFSET) != 0;
    }

    /** Is any place marked, perhaps? Forgets it. What is marked from here on is found the next time. */
    boolean takeAnyConsumed() {
        return state.getLongVolatile(StateDescriptor.CONSUMED_OFFSET) != 0
            && state.getAndSetLong(StateDescriptor.CONSUMED_OFFSET, 0) != 0;
    }

    /** Is the place marked? Forgets it. */
    boolean takeConsumed(int place) {
        int offset = entryOffset(place) + SegmentTableDescriptor.CONSUMED_OFFSET;
        return words(place).getLongVolatile(offset) != 0 && words(place).getAndSetLong(offset, 0) != 0;
    }

    /** Segments from this number on must stay where they are; 0: none must. */
    long retainFrom() {
        return state.getLongVolatile(StateDescriptor.RETAIN_FROM_OFFSET);
    }

    void retainFrom(long number) {
        state.putLongVolatile(StateDescriptor.RETAIN_FROM_OFFSET, number);
    }

    /** A message before this position may be marked as logged at any moment. */
    long sharedBefore() {
        return state.getLongVolatile(StateDescriptor.SHARED_BEFORE_OFFSET);
    }

    void shareBefore(long position) {
        state.putLongVolatile(StateDescriptor.SHARED_BEFORE_OFFSET, position);
    }

    /**
     * Length of the segment in a place, in bytes; 0 if what the table says can't be (invariant 13). The segment is pinned, or the
     * caller makes sure afterwards that it was there.
     */
    int length(int place) {
        long length = words(place).getLong(entryOffset(place) + LENGTH_OFFSET);
        return length == segmentLength || isLong(place, length) ? (int) length : 0;
    }

    /** How many places a segment or record of that length needs. */
    int span(int length) {
        return (length + segmentLength - 1) / segmentLength;
    }

    /** Are there so many places, and is the record there that fills them? */
    private boolean isLong(int place, long length) {
        if (length <= segmentLength || length > memory.windows().room(place)
            || length % RecordDescriptor.ALIGNMENT != 0) {
            return false;
        }
        int last = place + span((int) length) - 1;
        if (last >= placeLimit() || entryWord(last) != word(PART, place)) {
            return false;
        }
        long header = memory.segment(place).getLongVolatile(0);
        return RecordDescriptor.type(header) != RecordDescriptor.PADDING_TYPE
            && RecordDescriptor.aligned(Math.abs(RecordDescriptor.length(header))) == length;
    }

    int preparer(int place) {
        return (int) words(place).getLong(entryOffset(place) + PREPARER_OFFSET);
    }

    long totalAtStart(int place) {
        return words(place).getLong(entryOffset(place) + TOTAL_OFFSET);
    }

    /**
     * Offset of a committed record, or 0: where to begin the search for the end. Any older value serves as well.
     *
     * @param length the segment's
     */
    int appendHint(int place, int length) {
        return recordOffset(words(place).getLongVolatile(entryOffset(place) + APPEND_HINT_OFFSET), length);
    }

    void noteAppendHint(int place, int offset) {
        words(place).putLongRelease(entryOffset(place) + APPEND_HINT_OFFSET, offset);
    }

    /**
     * All records before this offset are terminal.
     *
     * @param length the segment's
     */
    int reclaimProgress(int place, int length) {
        return recordOffset(words(place).getLongVolatile(entryOffset(place) + RECLAIM_PROGRESS_OFFSET), length);
    }

    void noteReclaimProgress(int place, int offset) {
        words(place).putLongRelease(entryOffset(place) + RECLAIM_PROGRESS_OFFSET, offset);
    }

    /** The offset if it can be a record's, else that of the first: it is a place to begin, no more. */
    private int recordOffset(long offset, int length) {
        boolean possible = length == segmentLength && offset >= 0
            && offset <= segmentLength - RecordDescriptor.HEADER_LENGTH && offset % RecordDescriptor.ALIGNMENT == 0;
        return possible ? (int) offset : 0;
    }

    /**
     * Makes sure that the entry of a place can be reached: before anything that must not fail half way.
     *
     * @throws ErrnoException ENOMEM
     */
    void reach(int place) {
        words(place);
    }

    /** By which the entry of a place is reached, at its offset in the file. */
    private Words words(int place) {
        return place < StateDescriptor.NEAR_ENTRIES ? state : memory.wholeStateWords();
    }

    private static int nextOffset(int place) {
        return entryOffset(place) + NEXT_OFFSET;
    }
}
