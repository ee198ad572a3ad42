package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Durability;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.Appender;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import dev.msqd.log.Slot;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The sending half of an endpoint: msgsnd (R17–R34). One owner thread. */
public final class Sender {
    private final Endpoint endpoint;
    private final QueueMemory memory;
    private final QueueState state;
    private final Rules rules;
    private final Appender appender;
    private final Waiters waiters;
    private final ArmedSlots receivers;
    private final SystemLimits system;
    private final Commits commits;

    private long mtype;
    private DirectBuffer source;
    private int sourceOffset;
    private int length;
    private boolean tooManyMessages;
    /** On the coarse clock: when the log was looked at last and was not late. */
    private long logSeenNs;
    /** Whether calls return before the disk has what they sent, on a queue of level sync; and whether any did since the last sync. */
    private boolean unsynced;
    private boolean syncDue;
    private final Endpoint.Attempt attempt = () -> attempt(mtype, source, sourceOffset, length);

    Sender(Endpoint endpoint, Rules rules, Appender appender, Waiters waiters, SystemLimits system) {
        this.endpoint = endpoint;
        this.memory = endpoint.memory();
        this.state = memory.state();
        this.rules = rules;
        this.appender = appender;
        this.waiters = waiters;
        this.receivers = waiters.receivers();
        this.system = system;
        this.commits = endpoint.commits();
    }

    /** Whether the last attempt found room in the queue's limits, but none in msgtql. */
    public boolean tooManyMessages() {
        return tooManyMessages;
    }

    /** Longest message in bytes: msgmax as it is now, or what a queue holds at most. */
    public int maxMessageLength() {
        return (int) Math.min(system.msgmax(), appender.maxPayloadLength());
    }

    /**
     * Sends a message.
     *
     * @param timeoutNs how long it may wait for room: 0 not at all, {@link Long#MAX_VALUE} for ever
     * @return false if there was no room in that time
     * @throws ErrnoException EINVAL for a type below 1 or a message too long; EACCES; EIDRM when the queue is removed in the
     *                        meantime; EINTR when the thread is interrupted asleep; ENOMEM when the hot directory is full
     */
    public boolean send(long messageType, DirectBuffer src, int offset, int messageLength, long timeoutNs) {
        check(messageType, messageLength);
        src.boundsCheck(offset, messageLength);
        endpoint.enter();
        try {
            rules.checkCall(Rules.WRITE);
            if (attempt(messageType, src, offset, messageLength)) {
                return true;
            }
            if (timeoutNs <= 0) {
                return false;
            }
            mtype = messageType;
            source = src;
            sourceOffset = offset;
            length = messageLength;
            return sendAsleep(timeoutNs);
        } finally {
            endpoint.leave();
        }
    }

    /** Whether {@link #send} returns before the message is on disk also on a queue of level sync: {@link #sync} waits for it. */
    public void unsynced(boolean now) {
        unsynced = now;
    }

    /**
     * Waits until everything that was sent unsynced is on disk, or received.
     *
     * @throws ErrnoException EIO, ENOSPC … where the log can't be written; EINVAL when the endpoint or the memory is closed; EIDRM when the
     *                        queue is removed
     */
    public void sync() {
        endpoint.enter();
        try {
            if (syncDue) {
                // What somebody was receiving when the first commit came by is on disk, or received, with the second.
                commits.await(true, this::isLogWritten);
                commits.await(true, this::isLogWritten);
                syncDue = false;
            }
        } finally {
            endpoint.leave();
        }
    }

    /** While there is no room in the log for messages, commits go on for the sake of receivers. */
    private boolean isLogWritten() {
        if (state.durability() == Durability.SYNC) {
            Rules.checkLog(state, true, true);
        }
        return true;
    }

    /**
     * Claims a message to be written in place. While one is claimed, {@link #send} may find no room: finish it first.
     *
     * @return its place in the file, in the low 32 bits its payload's offset in that place's segment; -1 if there is no room
     */
    public long tryClaim(long messageType, int messageLength) {
        check(messageType, messageLength);
        endpoint.enter();
        try {
            rules.checkCall(Rules.WRITE);
            int offset = claim(messageLength);
            if (offset == Appender.FULL) {
                return -1;
            }
            appender.describe(offset, messageType, 0);
            return ((long) appender.place() << Integer.SIZE) + offset + RecordDescriptor.HEADER_LENGTH;
        } finally {
            endpoint.leave();
        }
    }

    /**
     * Sends a claimed message.
     *
     * @throws IllegalArgumentException if nothing is claimed there
     */
    public void commit(int payloadOffset) {
        endpoint.enter();
        try {
            int offset = claimedAt(payloadOffset);
            UnsafeBuffer segment = appender.segment();
            int messageLength = -RecordDescriptor.length(segment.getLong(offset)) - RecordDescriptor.HEADER_LENGTH;
            if (!publish(offset, segment.getLong(offset + RecordDescriptor.MTYPE_OFFSET), messageLength)) {
                throw new ErrnoException(Errno.EIDRM, "the claim was taken back by a repair");
            }
        } finally {
            endpoint.leave();
        }
    }

    /**
     * Gives a claimed message up.
     *
     * @throws IllegalArgumentException if nothing is claimed there
     */
    public void abort(int payloadOffset) {
        endpoint.enter();
        try {
            abortClaimed(claimedAt(payloadOffset));
        } finally {
            endpoint.leave();
        }
    }

    private int claimedAt(int payloadOffset) {
        int offset = payloadOffset - RecordDescriptor.HEADER_LENGTH;
        if (!appender.isClaimed(offset)) {
            throw new IllegalArgumentException("nothing is claimed at " + payloadOffset);
        }
        return offset;
    }

    /** Position of the message of so many bytes that was sent last by {@link #send}, until this endpoint's next call. */
    public long sentPosition(int messageLength) {
        return appender.claimedPosition(messageLength);
    }

    /** Position of a message that is claimed; 0 if none is claimed there. */
    public long claimedPosition(int payloadOffset) {
        int offset = payloadOffset - RecordDescriptor.HEADER_LENGTH;
        return appender.isClaimed(offset) ? appender.position(offset) : 0;
    }

    /** Bytes of a message that is claimed; 0 if none is claimed there. */
    public int claimedLength(int payloadOffset) {
        int offset = payloadOffset - RecordDescriptor.HEADER_LENGTH;
        return appender.isClaimed(offset)
            ? -RecordDescriptor.length(appender.segment().getLong(offset)) - RecordDescriptor.HEADER_LENGTH : 0;
    }

    /** Position of the log's end. */
    public long endPosition() {
        endpoint.enter();
        try {
            return appender.endPosition();
        } finally {
            endpoint.leave();
        }
    }

    /** Payload bytes queued now. */
    public long queuedBytes() {
        endpoint.enter();
        try {
            return Quantity.bytes(appender.live());
        } finally {
            endpoint.leave();
        }
    }

    void release() {
        int aborted = appender.outstanding();
        appender.release();
        if (aborted > 0) {
            endpoint.uncount(aborted);
            waiters.nudgeSenders();
        }
    }

    private boolean attempt(long messageType, DirectBuffer src, int srcOffset, int messageLength) {
        while (true) {
            int offset = claimUnseen(messageLength);
            if (offset == Appender.FULL) {
                return false;
            }
            try {
                appender.fill(offset, src, srcOffset, messageLength);
            } catch (Throwable e) {
                appender.show(offset, messageLength);
                abortClaimed(offset);
                throw e;
            }
            if (publish(offset, messageType, messageLength)) {
                return true;
            }
        }
    }

    private void abortClaimed(int offset) {
        appender.abort(offset);
        appender.leaveLongSegment();
        endpoint.uncount(1);
        if (!waiters.senders().isEmptyAfterPublishing()) {
            waiters.nudgeSenders();
        }
    }

    private int claim(int messageLength) {
        int offset = claimUnseen(messageLength);
        if (offset != Appender.FULL) {
            appender.show(offset, messageLength);
        }
        return offset;
    }

    private int claimUnseen(int messageLength) {
        if (rules.isLogged() && isLogLate()) {
            // Nobody writes the log: what came in now might be lost although it is older than promised.
            tooManyMessages = false;
            return Appender.FULL;
        }
        long msgtql = system.msgtql();
        if (msgtql != 0) {
            return claimCounted(messageLength, msgtql);
        }
        tooManyMessages = false;
        return appender.claimUnseen(messageLength, rules.qbytes());
    }

    /** If it was not late at the last turn of the clock it is not until the next. */
    private boolean isLogLate() {
        long now = CoarseClock.nanoTime();
        if (now == logSeenNs) {
            return false;
        }
        if (system.isLogLate()) {
            return true;
        }
        logSeenNs = now;
        return false;
    }

    /** R78. The slot says that a message may be counted and not yet in the log, so that the daemon does not count then. */
    private int claimCounted(int messageLength, long msgtql) {
        Slot slot = endpoint.slot();
        slot.counting(true);
        boolean counted = system.count(msgtql);
        boolean claimed = false;
        try {
            int offset = counted ? appender.claimUnseen(messageLength, rules.qbytes()) : Appender.FULL;
            claimed = offset != Appender.FULL;
            tooManyMessages = !counted;
            return offset;
        } finally {
            if (counted && !claimed) {
                endpoint.uncount(1);
            }
            slot.counting(false);
        }
    }

    private boolean publish(int offset, long messageType, int messageLength) {
        int handedTo = Waiters.NOBODY;
        if (receivers.isUnused() || receivers.isEmpty()) {
            appender.describe(offset, messageType, ClaimWord.AVAILABLE);
        } else {
            handedTo = handOver(offset, messageType, messageLength);
        }
        if (!appender.commit(offset, messageType, messageLength)) {
            return false;
        }
        state.sent(StateDescriptor.lastWord(CoarseClock.seconds(), endpoint.pid()));
        if (handedTo != Waiters.NOBODY) {
            Parker.wake(waiters.peer(handedTo));
        }
        if (!receivers.isEmptyAfterPublishing() && appender.isAvailable(offset)) {
            waiters.tell(messageType);
        }
        if (rules.isSync()) {
            settle(offset);
        }
        appender.leaveLongSegment();
        // Memory that was closed in the meantime takes a message as willingly as a queue.
        endpoint.checkMemory();
        return true;
    }

    private void settle(int offset) {
        if (unsynced) {
            syncDue = true;
        } else {
            commits.await(true, () -> appender.isSettled(offset));
        }
    }

    /** In R17's order. */
    private void check(long messageType, int messageLength) {
        if (messageLength < 0 || messageLength > system.msgmax() || messageLength > appender.maxPayloadLength()) {
            throw new ErrnoException(Errno.EINVAL, "message of " + messageLength + " bytes: the longest that queue "
                + state.msqid() + " takes has " + maxMessageLength() + " (msgmax)");
        }
        if (messageType < 1) {
            throw new ErrnoException(Errno.EINVAL, "message type " + messageType + " is not at least 1");
        }
    }

    /** Chooses who gets the message before anybody can see it. */
    private int handOver(int offset, long messageType, int messageLength) {
        appender.show(offset, messageLength);
        long address = appender.address(offset);
        int index = waiters.choose(messageType, messageLength);
        while (index != Waiters.NOBODY) {
            appender.describe(offset, messageType, ClaimWord.taken(0, waiters.peer(index).presentTag()));
            if (waiters.hand(index, address)) {
                return index;
            }
            index = waiters.choose(messageType, messageLength);
        }
        appender.describe(offset, messageType, ClaimWord.AVAILABLE);
        return Waiters.NOBODY;
    }

    private boolean sendAsleep(long timeoutNs) {
        long start = System.nanoTime();
        if (endpoint.spin(attempt, timeoutNs)) {
            return true;
        }
        // Both halves have one waiter word, and only there it may say what was handed to the other.
        endpoint.receiver().settleHanded();
        long waiting = SlotDescriptor.waiting(state.nextTicket());
        // R29: permission is looked at again when somebody wakes this thread, not when it merely looks for itself.
        boolean woken = false;
        try {
            while (true) {
                // R27: with room and an interrupt both there, nothing is sent.
                if (endpoint.actsFor().interrupted()) {
                    throw new ErrnoException(Errno.EINTR, "msgsnd was interrupted");
                }
                long leftNs = timeoutNs == Long.MAX_VALUE ? timeoutNs : timeoutNs - (System.nanoTime() - start);
                if (leftNs <= 0) {
                    return false;
                }
                boolean forBell = tooManyMessages;
                int bell = forBell ? system.armBell() : 0;
                endpoint.slot().describeWaiter(length, Selector.NOTHING, 0);
                endpoint.slot().asleep(refusal(), start, endpoint.actsFor().otherProcess());
                endpoint.slot().armWaiter(waiting);
                waiters.senders().set(endpoint.slot().index());
                // Armed and fenced: room that is made, and rules that are changed, from here on wake this thread.
                endpoint.checkOpen();
                rules.checkSleeper(woken ? Rules.WRITE : Rules.NOTHING);
                if (rules.permit(Rules.WRITE) && attempt.tryNow()) {
                    return true;
                }
                endpoint.actsFor().sleeps();
                if (!tooManyMessages) {
                    endpoint.parker().sleep(waiting, leftNs);
                } else if (forBell) {
                    endpoint.parker().sleep(system.bellAddress(), bell, leftNs);
                }
                woken = endpoint.slot().waiterWord() != waiting;
                if (woken) {
                    // Woken: who does not get the room now goes to the end of the line (R30).
                    waiting = SlotDescriptor.waiting(state.nextTicket());
                }
            }
        } finally {
            stopWaiting();
        }
    }

    /** What the last attempt failed for. */
    private int refusal() {
        if (tooManyMessages) {
            return SlotDescriptor.FOR_MSGTQL;
        }
        return rules.isLogged() && isLogLate() ? SlotDescriptor.FOR_LOG : SlotDescriptor.FOR_ROOM;
    }

    private void stopWaiting() {
        endpoint.slot().awake();
        waiters.senders().clear(endpoint.slot().index());
        endpoint.slot().idleWaiter();
    }
}
