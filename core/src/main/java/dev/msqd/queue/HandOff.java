package dev.msqd.queue;

import static dev.msqd.layout.SlotDescriptor.IDLE;
import static dev.msqd.layout.SlotDescriptor.accepted;
import static dev.msqd.layout.SlotDescriptor.isArming;
import static dev.msqd.layout.SlotDescriptor.isHanded;
import static dev.msqd.layout.SlotDescriptor.isWaiting;

import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.Cursor;
import dev.msqd.log.Slot;

/**
 * A receiver's place in the line of those who wait, and the message that a sender hands to it there (R49, R53–R55). One owner thread.
 *
 * <pre>
 *             arm              a sender             accept             leave
 *   (none) ---------> in line -----------> handed -----------> accepted --------> (none)
 *      ^                 |                    |  can't be mapped: tried again
 *      +---- leaveLine --+                    +-- not ours any more, or put back: (none)
 * </pre>
 */
final class HandOff {
    /** How long a receiver that was handed a record waits for its commit before it passes the record on. */
    private static final long COMMIT_PATIENCE_NS = 20_000_000;

    private final Slot slot;
    private final Cursor cursor;
    private final Waiters waiters;
    /** In line, or handed a message that could not be looked at. */
    private boolean armed;
    /** What is in hand was handed over: until it is received, the waiter word says so (R49). */
    private boolean accepted;

    HandOff(Slot slot, Cursor cursor, Waiters waiters) {
        this.slot = slot;
        this.cursor = cursor;
        this.waiters = waiters;
    }

    /** Into the line; {@code otherProcess} as {@link Caller#otherProcess}. */
    void arm(long arming, Selector selector, int room, long sinceNs, int otherProcess) {
        slot.describeWaiter(selector.msgtyp(), selector.mode(), room);
        slot.asleep(SlotDescriptor.FOR_MESSAGE, sinceNs, otherProcess);
        waiters.receivers().want(slot.index(), selector.wantedKey());
        slot.armWaiter(arming);
        waiters.receivers().set(slot.index());
        armed = true;
    }

    /** Out of the line; returns what became of the waiting: IDLE if nothing did, or the word that a peer left. */
    long leaveLine() {
        armed = false;
        long word = slot.waiterWord();
        while (isWaiting(word) || isArming(word)) {
            if (slot.moveWaiter(word, IDLE)) {
                return IDLE;
            }
            word = slot.waiterWord();
        }
        if (!isHanded(word)) {
            slot.idleWaiter();
        }
        return word;
    }

    /**
     * Takes the record that a sender handed over. Until it is ours for good the waiter word keeps saying where it is, for
     * repair; and as long as the word does, the record is not terminal, so its place can't have been used again.
     *
     * @return false if it is not ours any more
     * @throws ErrnoException ENOMEM where its segment can't be mapped: it stays handed over, see {@link #isPending}
     */
    boolean accept(long word) {
        armed = true;
        boolean mine = tryAccept(word);
        armed = false;
        return mine;
    }

    private boolean tryAccept(long word) {
        long end = System.nanoTime() + COMMIT_PATIENCE_NS;
        int found = cursor.lookAtHanded(word);
        while (found == Cursor.WRITING && System.nanoTime() - end < 0) {
            Thread.yield();
            found = cursor.lookAtHanded(word);
        }
        // From here on the pin tells repair where the record is. Who takes stopped receivers out of the line comes before or after.
        accepted = slot.moveWaiter(word, accepted(word)) && found == Cursor.MESSAGE && cursor.accept();
        if (!accepted) {
            slot.idleWaiter();
        }
        if (found == Cursor.WRITING) {
            // Its sender was stopped before the commit: whoever comes first then may have it.
            putBack();
        }
        return accepted;
    }

    /** Was a message handed over that could not be looked at? Until it can, nobody has it. */
    boolean isPending() {
        return armed;
    }

    /** Out of the line; what was handed over goes back to its place. */
    void cancel() {
        if (armed) {
            long word = leaveLine();
            if (isHanded(word) && accept(word)) {
                putBack();
            }
        }
        if (!accepted) {
            waiters.receivers().clear(slot.index());
        }
    }

    /** What is in hand goes back to its place, where every receiver looks again. */
    void putBack() {
        cursor.giveBack();
        leave();
        waiters.nudgeReceivers();
    }

    /** What was handed over, if it was, is not in hand any more. */
    void leave() {
        if (accepted) {
            accepted = false;
            slot.idleWaiter();
            waiters.receivers().clear(slot.index());
        }
    }
}
