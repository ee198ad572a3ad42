package dev.msqd.queue;

import static dev.msqd.layout.SlotDescriptor.IDLE;
import static dev.msqd.layout.SlotDescriptor.TOO_BIG;
import static dev.msqd.layout.SlotDescriptor.arming;
import static dev.msqd.layout.SlotDescriptor.asleep;
import static dev.msqd.layout.SlotDescriptor.isHanded;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.Appender;
import dev.msqd.log.Cursor;
import dev.msqd.log.QueueState;
import dev.msqd.log.Slot;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The receiving half of an endpoint: msgrcv (R35–R58). One owner thread.
 *
 * <p>{@link #take} makes a message this endpoint's; it is read in place; then {@link #consume} ends it or {@link #giveBack}
 * returns it to its place.
 */
public final class Receiver {
    /** {@link #take}: no message matches. */
    public static final int NONE = 0;
    /** {@link #take}: a message is taken. */
    public static final int TAKEN = 1;
    /** {@link #take}: the message that comes first is longer than the room for it; it keeps its place (R41). */
    public static final int TOO_LONG = 2;

    /** {@link #receive}: a message is received. */
    public static final int RECEIVED = 3;

    /** The next record alone does not say what is to be received. */
    private static final int UNUSUAL = -1;

    private final Endpoint endpoint;
    private final QueueState state;
    private final Slot slot;
    private final Rules rules;
    private final Cursor cursor;
    private final Appender appender;
    private final Waiters waiters;
    private final SystemLimits system;
    private final Commits commits;
    private final SkipIndex skipped = new SkipIndex(this::isLive);
    private final BeingWritten beingWritten = new BeingWritten();
    private final HandOff handOff;

    private long rescanEpoch;
    /** May messages, or what may become one, lie before the cursor? */
    private boolean passed;
    private Selector selector;
    private int room;
    private int result;
    /** Where what is found is copied to and consumed at once; null: it is to be taken. */
    private MutableDirectBuffer destination;
    private int destinationOffset;
    private final Endpoint.Attempt attempt = this::attempt;

    Receiver(Endpoint endpoint, Rules rules, Cursor cursor, Appender appender, Waiters waiters,
        SystemLimits system) {
        this.endpoint = endpoint;
        this.state = endpoint.memory().state();
        this.slot = endpoint.slot();
        this.rules = rules;
        this.cursor = cursor;
        this.appender = appender;
        this.waiters = waiters;
        this.system = system;
        this.commits = endpoint.commits();
        this.handOff = new HandOff(slot, cursor, waiters);
        this.rescanEpoch = state.rescanEpoch();
    }

    /**
     * Takes the message that comes first among those that the selector wants.
     *
     * @param maxLength longest message that is wanted; a longer one gives {@link #TOO_LONG}
     * @param timeoutNs how long to wait for one: 0 not at all, {@link Long#MAX_VALUE} for ever
     * @return {@link #NONE}, {@link #TAKEN} or {@link #TOO_LONG}
     * @throws ErrnoException EINVAL when the queue is gone, EACCES, EIDRM when it is removed in the meantime, EINTR when the
     *                        thread is interrupted asleep
     * @throws IllegalStateException if a message is taken already
     */
    public int take(Selector wanted, int maxLength, long timeoutNs) {
        return receive(wanted, null, 0, maxLength, timeoutNs);
    }

    /**
     * Receives the message that comes first among those that the selector wants: as {@link #take}, copy and {@link #consume}, but where
     * nobody has to be told in between all of it in one step.
     *
     * @param dst where to; null takes the message and no more
     * @return {@link #NONE}, {@link #TOO_LONG} or {@link #RECEIVED}; {@link #TAKEN} where the copy and {@link #consume} are the
     *         caller's. What is in {@code dst} where nothing was received is anything.
     * @throws ErrnoException as {@link #take}
     */
    public int receive(Selector wanted, MutableDirectBuffer dst, int dstOffset, int maxLength, long timeoutNs) {
        checkNothingInHand();
        endpoint.enter();
        try {
            rules.checkCall(Rules.READ);
            int outcome = takeNext(wanted, dst, dstOffset, maxLength);
            if (outcome == UNUSUAL || outcome == NONE && timeoutNs > 0) {
                outcome = takeOther(wanted, dst, dstOffset, maxLength, timeoutNs);
            }
            if (outcome == RECEIVED) {
                received();
            }
            if (outcome == TAKEN) {
                endpoint.inHand(true);
            }
            return outcome;
        } finally {
            // With a message in hand the call goes on until it is consumed or given back.
            endpoint.leave();
        }
    }

    /**
     * Finds the message that has {@code index} others before it, without taking it (MSG_COPY, R44). What it found may be
     * received by somebody else at any moment; its memory stays as it is until the next call.
     *
     * @return {@link #NONE} or {@link #TAKEN}; the message is not to be consumed
     */
    public int browse(long index) {
        checkNothingInHand();
        endpoint.enter();
        try {
            rules.checkCall(Rules.READ);
            settleHanded();
            rescan();
            long before = 0;
            int found = cursor.look();
            while (found != Cursor.END) {
                if (found == Cursor.MESSAGE && cursor.isAvailable() && before++ == index) {
                    break;
                }
                cursor.step();
                found = cursor.look();
            }
            return found == Cursor.END ? NONE : TAKEN;
        } finally {
            rescan();
            endpoint.leave();
        }
    }

    /**
     * Has the messages read that are queued now, in their order, without taking them (MSG_COPY, R44): each once, in one walk. What
     * is received by somebody else meanwhile may be there or not. What the handler throws ends it.
     *
     * @param wanted of which types; {@link Selector#upTo} means all of these types
     * @param max    how many at most
     * @return how many there were
     */
    public long browse(Selector wanted, long max, Browser browser) {
        checkNothingInHand();
        endpoint.enter();
        endpoint.inHand(true); // the cursor's record must stay
        try {
            rules.checkCall(Rules.READ);
            settleHanded();
            rescan();
            long end = appender.passedPosition();
            long count = 0;
            int found = cursor.look();
            while (found != Cursor.END && cursor.position() < end && count < max) {
                if (found == Cursor.MESSAGE && cursor.isAvailable() && wanted.matches(cursor.mtype())) {
                    browser.onMessage(cursor.position(), cursor.mtype(), cursor.buffer(), cursor.payloadOffset(),
                        cursor.payloadLength());
                    count++;
                }
                cursor.step();
                found = cursor.look();
            }
            return count;
        } finally {
            endpoint.inHand(false);
            rescan();
            endpoint.leave();
        }
    }

    private void checkNothingInHand() {
        if (endpoint.isInHand()) {
            endpoint.checkOpen();
            throw new IllegalStateException("the message before was neither consumed nor given back");
        }
    }

    // ---- the message that is taken

    public long mtype() {
        return cursor.mtype();
    }

    /** Bytes of its payload. */
    public int length() {
        return cursor.payloadLength();
    }

    /** Where it lies, from {@link #offset()}. Read only. */
    public UnsafeBuffer buffer() {
        return cursor.buffer();
    }

    public int offset() {
        return cursor.payloadOffset();
    }

    /** Bytes from the first place of the queue's file: tells one queued message from another. */
    public long address() {
        return cursor.address();
    }

    /** Its position in the log; also of what was received, until this endpoint's next call. */
    public long position() {
        return cursor.recordPosition();
    }

    /**
     * The message is received.
     *
     * @return false if it was declared not ours any more: then it was not received, and whatever was done with it must be
     *         undone
     * @throws IllegalStateException if none is taken
     */
    public boolean consume() {
        checkInHand();
        endpoint.inHand(false);
        try {
            if (rules.isSync()) {
                awaitLeave();
            }
            boolean consumed = system.msgtql() == 0 ? cursor.consume() : consumeCounted();
            handOff.leave();
            if (!consumed) {
                return false;
            }
            received();
            return true;
        } finally {
            endpoint.leave();
        }
    }

    private void received() {
        state.received(StateDescriptor.lastWord(CoarseClock.seconds(), endpoint.pid()));
        if (!waiters.senders().isEmptyAfterPublishing()) {
            wakeSenders();
        }
    }

    /**
     * The end of the message comes into the log first. If that fails it goes back to its place: it can be received again.
     *
     * @throws ErrnoException as {@link Commits#await}
     */
    private void awaitLeave() {
        cursor.intend();
        try {
            commits.await(false, () -> true);
        } catch (Throwable e) {
            cursor.withdraw();
            handOff.putBack();
            commits.request(); // its end may be in the log
            throw e;
        }
    }

    /** R78. While the slot says so, the daemon counts a message more than there is. */
    private boolean consumeCounted() {
        slot.counting(true);
        try {
            boolean consumed = cursor.consume();
            if (consumed) {
                endpoint.uncount(1);
            }
            return consumed;
        } finally {
            slot.counting(false);
        }
    }

    /**
     * The message goes back to its place, where every receiver looks again.
     *
     * @throws IllegalStateException if none is taken
     */
    public void giveBack() {
        checkInHand();
        endpoint.inHand(false);
        try {
            handOff.putBack();
        } finally {
            endpoint.leave();
        }
    }

    private void checkInHand() {
        if (!endpoint.isInHand()) {
            throw new IllegalStateException("no message is taken");
        }
    }

    void release() {
        handOff.cancel();
        cursor.release();
        handOff.leave();
        skipped.clear();
        beingWritten.clear();
    }

    private void wakeSenders() {
        if (appender.hasOutstanding()) {
            waiters.nudgeSenders();
            return;
        }
        boolean sends = appender.isPlaced();
        try {
            waiters.wakeSenders(appender.live(), state.qbytes());
            if (!sends) {
                // Who merely looks on must not keep the only sender from its right (Bias).
                appender.release();
            }
        } catch (RuntimeException e) {
            // The message is received, whatever is wrong with the log's end; those who wait there find out themselves.
            if (!sends) {
                appender.release();
            }
            waiters.nudgeSenders();
        }
    }

    // ---- one try

    /** The usual case: what comes next in the log is wanted, and nothing lies before it. Needs no field: it is the path of every message. */
    private int takeNext(Selector wanted, MutableDirectBuffer dst, int dstOffset, int maxLength) {
        if (passed) {
            return UNUSUAL;
        }
        int found = cursor.look();
        if (state.rescanEpoch() != rescanEpoch) {
            return UNUSUAL;
        }
        if (found == Cursor.END) {
            cursor.idle();
            return NONE;
        }
        if (found != Cursor.MESSAGE || !wanted.takesNext(cursor.mtype())) {
            return UNUSUAL;
        }
        int outcome = takeFound(dst, dstOffset, maxLength);
        if (outcome == TOO_LONG) {
            return TOO_LONG;
        }
        cursor.step();
        return outcome == NONE ? UNUSUAL : outcome;
    }

    private int takeOther(Selector wanted, MutableDirectBuffer dst, int dstOffset, int maxLength, long timeoutNs) {
        selector = wanted;
        room = maxLength;
        destination = dst;
        destinationOffset = dstOffset;
        try {
            settleHanded();
            if (!attempt() && timeoutNs > 0) {
                takeAsleep(timeoutNs);
            }
            return result;
        } finally {
            destination = null;
            // What was handed over and can't be looked at lies before the cursor.
            passed |= handOff.isPending();
        }
    }

    private boolean attempt() {
        result = takeNext(selector, destination, destinationOffset, room);
        if (result == UNUSUAL) {
            passed = true;
            try {
                result = search();
            } catch (RuntimeException e) {
                // The cursor may be at the beginning: what lies before where it was would come into the index again.
                rescan();
                throw e;
            }
            passed = beingWritten.size() != 0 || !skipped.isEmpty();
        }
        return result != NONE;
    }

    private int search() {
        if (state.rescanEpoch() != rescanEpoch) {
            rescan();
        }
        settleWritten();
        if (selector.mode() == Selector.UP_TO) {
            // The lowest type is known only at the end of the log.
            walk(null);
            settleWritten();
        }
        while (true) {
            SkippedType first = firstSkipped();
            if (first != null) {
                int outcome = takeFound(destination, destinationOffset, room);
                if (outcome != TOO_LONG) {
                    skipped.removeFirst(first);
                }
                if (outcome != NONE) {
                    return outcome;
                }
            } else if (selector.mode() == Selector.UP_TO) {
                return NONE;
            } else {
                boolean found = walk(selector);
                // Invariant 4: what was being written when it was passed comes before what was found.
                if (settleWritten()) {
                    continue;
                }
                if (!found) {
                    return NONE;
                }
                if (state.rescanEpoch() != rescanEpoch) {
                    // An earlier message may have gone back to its place since this try began.
                    rescan();
                    continue;
                }
                if (cursor.look() != Cursor.MESSAGE) {
                    continue;
                }
                int outcome = takeFound(destination, destinationOffset, room);
                if (outcome != TOO_LONG) {
                    cursor.step();
                }
                if (outcome != NONE) {
                    return outcome;
                }
            }
        }
    }

    /** Takes, or receives, the record that the cursor found; NONE if somebody else has it. */
    private int takeFound(MutableDirectBuffer dst, int dstOffset, int maxLength) {
        if (!cursor.isAvailable()) {
            return NONE;
        }
        if (cursor.payloadLength() > maxLength) {
            return TOO_LONG;
        }
        if (dst != null && !rules.isSync() && system.msgtql() == 0) {
            // Its segment is pinned: what is read stays as it is, whoever consumes it.
            copyTo(dst, dstOffset);
            return cursor.receive() ? RECEIVED : NONE;
        }
        return cursor.take() ? TAKEN : NONE;
    }

    private void copyTo(MutableDirectBuffer dst, int dstOffset) {
        if (dst instanceof UnsafeBuffer memory) {
            memory.boundsCheck(dstOffset, cursor.payloadLength());
            cursor.copyTo(memory, dstOffset);
        } else {
            // It may grow.
            dst.putBytes(dstOffset, cursor.buffer(), cursor.payloadOffset(), cursor.payloadLength());
        }
    }

    /** Walks to the first message that {@code wanted} matches, or to the end. */
    private boolean walk(Selector wanted) {
        while (true) {
            switch (cursor.look()) {
                case Cursor.END -> {
                    return false;
                }
                case Cursor.WRITING -> beingWritten.add(cursor.position(), cursor.address());
                default -> {
                    if (cursor.isAvailable()) {
                        if (wanted != null && wanted.matches(cursor.mtype())) {
                            return true;
                        }
                        skipped.add(cursor.mtype(), cursor.position(), cursor.address());
                    }
                }
            }
            cursor.step();
        }
    }

    /** The first skipped message that the selector wants, found under the cursor's record; or null. */
    private SkippedType firstSkipped() {
        SkippedType first = skipped.first(selector);
        while (first != null) {
            if (cursor.lookAt(first.position(0), first.address(0)) == Cursor.MESSAGE && cursor.isAvailable()) {
                return first;
            }
            skipped.removeFirst(first);
            first = skipped.first(selector);
        }
        return null;
    }

    /** Looks again at what was being written; true if a message came of it. */
    private boolean settleWritten() {
        boolean settled = false;
        for (int index = beingWritten.size() - 1; index >= 0; index--) {
            long position = beingWritten.position(index);
            long address = beingWritten.address(index);
            int found = cursor.lookAt(position, address);
            if (found != Cursor.WRITING) {
                beingWritten.remove(index);
                if (found == Cursor.MESSAGE && cursor.isAvailable()) {
                    skipped.add(cursor.mtype(), position, address);
                    settled = true;
                }
            }
        }
        return settled;
    }

    private boolean isLive(long position, long address) {
        return cursor.lookAt(position, address) == Cursor.MESSAGE && cursor.isAvailable();
    }

    private void rescan() {
        rescanEpoch = state.rescanEpoch();
        skipped.clear();
        beingWritten.clear();
        cursor.rewind();
    }

    // ---- asleep

    private void takeAsleep(long timeoutNs) {
        long start = System.nanoTime();
        if (endpoint.spin(attempt, timeoutNs)) {
            return;
        }
        cursor.rest();
        long arming = arming(state.nextTicket());
        try {
            while (true) {
                if (endpoint.actsFor().interrupted()) {
                    throw new ErrnoException(Errno.EINTR, "msgrcv was interrupted");
                }
                long leftNs = timeoutNs == Long.MAX_VALUE ? timeoutNs : timeoutNs - (System.nanoTime() - start);
                if (leftNs <= 0) {
                    // Once more: whoever nudged this thread meanwhile may have had a reason.
                    attempt();
                    return;
                }
                handOff.arm(arming, selector, room, start, endpoint.actsFor().otherProcess());
                // Armed and fenced: a message that is committed, and rules that are changed, from here on nudge this thread.
                endpoint.checkOpen();
                rules.checkSleeper(Rules.READ);
                if (attempt()) {
                    return;
                }
                long waiting = asleep(arming);
                if (slot.moveWaiter(arming, waiting)) {
                    endpoint.actsFor().sleeps();
                    endpoint.parker().sleep(waiting, leftNs);
                }
                long word = handOff.leaveLine();
                if (isHanded(word) && acceptHanded(word)) {
                    // Also when the queue is gone or the thread interrupted: the message is ours (R54, R55).
                    return;
                }
                if (word == TOO_BIG) {
                    result = TOO_LONG;
                    return;
                }
                if (word != IDLE) {
                    // Woken for nothing: to the end of the line (R53). After a mere look it keeps its place.
                    arming = arming(state.nextTicket());
                }
            }
        } finally {
            slot.awake();
            handOff.cancel();
        }
    }

    /** False if it is not ours any more: {@link #result} says so. */
    private boolean acceptHanded(long word) {
        result = handOff.accept(word) ? TAKEN : NONE;
        return result == TAKEN;
    }

    /** A message that was handed over and could not be looked at goes back to its place, if it can now. */
    void settleHanded() {
        if (handOff.isPending()) {
            handOff.cancel();
        }
    }
}
