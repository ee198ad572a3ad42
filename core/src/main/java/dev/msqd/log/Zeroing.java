package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.word;

import dev.msqd.calls.ErrnoException;

/**
 * Zeroes the places that a receiver has claimed to make them ready again, a little with each message: a segment in one piece would hold up
 * one message in some thousand by what takes hundreds of nanoseconds for each 4 KiB. One owner thread.
 *
 * <p>If the owner dies in the middle, its places are claimed still, and repair gives their blocks back.
 */
final class Zeroing {
    /** Bytes at a time, at least. */
    private static final int LEAST = 2048;
    private static final int NONE = -1;

    private final Places places;
    private final Reclaimer reclaimer;
    private final Slot slot;

    private int head = NONE;
    private int left;

    Zeroing(Places places, Reclaimer reclaimer, Slot slot) {
        this.places = places;
        this.reclaimer = reclaimer;
        this.slot = slot;
    }

    /** Takes on what the slot has claimed for it. What was begun before is finished first. */
    void begin() {
        finish();
        next();
        // A long segment at once: whoever received what was in it has time for that, and its memory may be wanted.
        while (left > places.length(1)) {
            some(left);
        }
    }

    boolean isDone() {
        return head == NONE;
    }

    /**
     * Zeroes a little more: twice as much as {@code passed} bytes of the log, so that it is always ahead. It does not fail: whoever
     * passed them may have received a message.
     */
    void some(int passed) {
        int length = Math.min(left, Math.max(LEAST, 2 * passed));
        try {
            places.zero(head, left - length, length);
            left -= length;
            if (left == 0) {
                int zeroed = head;
                head = NONE;
                places.giveBackZeroed(zeroed, slot);
                next();
            }
        } catch (ErrnoException e) {
            discard();
        }
    }

    /** What can't be mapped to be zeroed loses its blocks, which are zero when they are had again. */
    private void discard() {
        int discarded = head;
        head = NONE;
        left = 0;
        try {
            if (discarded != NONE) {
                places.release(discarded, word(CLAIMED, slot.tag()));
            }
            next();
        } catch (ErrnoException e) {
            // The memory is closed, or not even the table can be mapped: they are claimed still, for the next begin, or repair.
        }
    }

    void finish() {
        while (head != NONE) {
            some(left);
        }
    }

    /** Zeroes all that the slot has claimed for it; returns how many it has done with. */
    int all() {
        int done = 0;
        for (next(); head != NONE; done++) {
            some(left);
        }
        return done;
    }

    private void next() {
        int claimed = reclaimer.claimed(slot);
        left = claimed == NONE ? 0 : places.lengthOfClaimed(claimed);
        head = claimed;
    }
}
