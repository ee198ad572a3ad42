package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.Quantity;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.log.Appender;
import dev.msqd.log.Cursor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import dev.msqd.log.Repair;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import dev.msqd.log.Tailer;
import java.util.List;
import java.util.function.LongPredicate;
import org.agrona.DirectBuffer;

/**
 * What the daemon does with a queue's memory: it changes rules, counts, repairs, keeps house. It is never in the way of a
 * message. One owner thread.
 */
public final class QueueKeeper implements AutoCloseable {
    /** The client id of the daemon: there is one at a time. */
    private static final long DAEMON = Long.MAX_VALUE;
    /** That of the part of the daemon that writes the log. */
    private static final long LOG = DAEMON - 1;

    /** While messages come and go there is no one moment to tell of. */
    private static final int MAX_LOOKS = 8;

    /** What is received has its memory given back soon, so there is little to walk past. */
    private static final int MAX_STEPS = 1 << 16;

    private final QueueMemory memory;
    private final QueueState state;
    private final SegmentChain chain;
    private final Slot slot;
    private final Appender appender;
    private final Cursor cursor;
    private final Waiters waiters;
    private final Repair repair;
    private final Repair.Report firstRepair;

    /**
     * Takes charge of a queue, and first settles what an earlier daemon and its dead clients left in it.
     *
     * @throws ErrnoException ENOMEM where that can't be mapped; EIO where the memory is damaged
     */
    public QueueKeeper(QueueMemory memory, LongPredicate alive) {
        this.memory = memory;
        this.state = memory.state();
        this.chain = new SegmentChain(memory);
        this.waiters = new Waiters(memory, chain.slots());
        this.repair = new Repair(chain);
        this.firstRepair = repair(alive);
        if (firstRepair.failure() != null) {
            throw firstRepair.failure();
        }
        this.slot = takeSlot();
        this.appender = new Appender(chain, slot);
        this.cursor = Cursor.following(chain, slot, DAEMON);
    }

    public QueueMemory memory() {
        return memory;
    }

    public QueueState state() {
        return state;
    }

    /** What was settled when this keeper took charge. */
    public Repair.Report firstRepair() {
        return firstRepair;
    }

    /** The one that was left when this queue was closed for a while, or when an earlier daemon died; else a new one. */
    private Slot takeSlot() {
        Slot left = repair.adopt(DAEMON);
        if (left == null) {
            return chain.slots().acquire(DAEMON);
        }
        waiters.nudgeAll();
        return left;
    }

    /** Settles what clients left that are not alive, as far as it can be mapped, and wakes everybody to look again. */
    public Repair.Report repair(LongPredicate alive) {
        Repair.Report report = repair.run(client -> client == DAEMON || client == LOG || alive.test(client));
        if (!report.isEmpty()) {
            waiters.nudgeAll();
        }
        logReturned(report);
        return report;
    }

    /** IPC_SET: new rules; all receivers look again (R53), and the senders that fit now (R68). Times in seconds. */
    public void apply(int uid, int gid, int mode, long qbytes, long ctimeSeconds) {
        state.apply(uid, gid, mode, qbytes, ctimeSeconds);
        waiters.nudgeReceivers();
        try {
            waiters.wakeSenders(appender.live(), qbytes);
        } catch (RuntimeException e) {
            // The rules hold, whatever is wrong with the log's end; those who wait there find out themselves.
            waiters.nudgeSenders();
        } finally {
            appender.release();
        }
    }

    /**
     * Puts a message at the end of the queue, whatever the limits: from the log, before anybody else uses the queue.
     *
     * @throws ErrnoException ENOMEM where the hot directory is full
     */
    public void restore(long mtype, DirectBuffer source, int offset, int length) {
        int at = appender.claim(length, Long.MAX_VALUE);
        appender.segment().putBytes(at + RecordDescriptor.HEADER_LENGTH, source, offset, length);
        appender.describe(at, mtype, ClaimWord.AVAILABLE);
        appender.commit(at, mtype);
        appender.leaveLongSegment();
    }

    /** Ends a restoring. Words as {@link QueueState#lastSend} gives them; the later ones hold. */
    public void restored(long lastSend, long lastReceive) {
        appender.release();
        state.sent(Math.max(lastSend, state.lastSend()));
        state.received(Math.max(lastReceive, state.lastReceive()));
    }

    /** Follows this queue's messages into its log. At most one at a time; to be used by another thread than this object. */
    public QueueTail tail(Tailer.Sink sink) {
        return new QueueTail(memory, LOG, sink);
    }

    /** IPC_RMID: sleepers wake with EIDRM (R25, R54). */
    public void markRemoved() {
        state.markRemoved();
        waiters.nudgeAll();
        memory.commitTickets().lookAgain();
    }

    /** Is {@link #messages} an upper bound only, at the moment? */
    public boolean isCounting() {
        return chain.slots().counting() > 0;
    }

    /**
     * All messages there are, claimed ones and those in somebody's hand included, and one more for each endpoint that may have
     * counted one that is not there yet, or not uncounted one that is gone: never less than what clients count (R78).
     *
     * @throws ErrnoException EIO if these are more than there is memory for: totals are damaged, and would take the room of all other queues
     */
    public long messages() {
        long counting = chain.slots().counting();
        long live;
        try {
            live = Quantity.messages(appender.live());
        } finally {
            appender.release();
        }
        if (live > chain.mostRecords()) {
            throw new ErrnoException(Errno.EIO, memory.what() + " is damaged: its totals say " + live
                + " messages, but there is memory for " + chain.mostRecords());
        }
        return live + counting;
    }

    /**
     * Receivers of stopped processes leave the line (R56); what was handed to them goes back to its place.
     *
     * @param stopped whether the process of a client id is stopped
     * @return with those that left as slots freed
     */
    public Repair.Report dismiss(LongPredicate stopped) {
        Repair.Report report = repair.dismiss(slot, stopped, Parker::wake);
        if (report.recordsReturned() > 0) {
            waiters.nudgeReceivers();
        }
        logReturned(report);
        return report;
    }

    /** The ends of messages that went back to their places may be in the log already: at once it has to say that they are queued. */
    private void logReturned(Repair.Report report) {
        if (report.recordsReturned() > 0) {
            memory.commitTickets().draw();
        }
    }

    /** Who is asleep on this queue at the moment. */
    public List<Sleeper> sleepers() {
        return Sleeper.of(chain.slots());
    }

    /** What is queued; a message that was handed to a sleeping receiver is not (R49). */
    public Depth depth() {
        long live;
        long handed;
        try {
            live = appender.live();
            handed = chain.handed();
            // What was received in between was missed by both.
            for (int tries = 0; tries < MAX_LOOKS && appender.live() != live; tries++) {
                live = appender.live();
                handed = chain.handed();
            }
        } finally {
            appender.release();
        }
        // Read one after the other, so what was handed may be received by now.
        return new Depth(Math.max(0, Quantity.bytes(live) - Quantity.bytes(handed)),
            Math.max(0, Quantity.messages(live) - Quantity.messages(handed)));
    }

    /** What statistics tell of a queue, as of now: while messages pass, each part is of a moment of its own. */
    public Census census() {
        Depth depth = depth();
        long live;
        long sent;
        long end;
        try {
            live = appender.live();
            sent = appender.total();
            end = appender.passedPosition();
        } finally {
            appender.release(); // before the walk: who looks on keeps the only sender from its right (Bias)
        }
        return new Census(depth, sent, sent - live, end, depth.messages() == 0 ? Census.NONE : oldest(end),
            waiters.waitingReceivers(), waiters.waitingSenders());
    }

    /** Position of the first message that is not received yet, handed or taken ones included; an earlier one while they go faster than this. */
    private long oldest(long end) {
        try {
            int found = cursor.look();
            int steps = 0;
            while (found != Cursor.END && cursor.position() < end && (found == Cursor.WRITING || cursor.isConsumed())
                && steps < MAX_STEPS) {
                cursor.step();
                steps++;
                found = cursor.look();
            }
            return found == Cursor.END || cursor.position() >= end ? Census.NONE : cursor.position();
        } finally {
            cursor.release();
        }
    }

    /**
     * Gives memory back that is not needed.
     *
     * @param spares segments to keep ready for the next senders
     * @return how much was done; 0 when there was nothing
     */
    public int keepHouse(int spares) {
        return (passLongSegment() ? 1 : 0) + chain.reclaim(slot, DAEMON) + chain.trim(slot, spares);
    }

    private boolean passLongSegment() {
        try {
            return appender.passLongSegment();
        } catch (ErrnoException e) {
            // No room, or a damaged end: those who send find out themselves, and the rest of the house is kept.
            return false;
        } finally {
            appender.release();
        }
    }

    /** Lets go of the memory for a while, but not of the slot: clients could take them all. */
    public void park() {
        appender.release();
        memory.close();
    }

    @Override
    public void close() {
        appender.release();
        chain.slots().release(slot, DAEMON);
        memory.close();
    }

    /**
     * What is counted of a queue.
     *
     * @param sent      running total (Quantity) of what was appended, ever; it wraps
     * @param received  running total of what was received or given up, ever
     * @param end       position of the log's end
     * @param oldest    position of the oldest message, or {@link #NONE}
     * @param receivers that wait for a message
     * @param senders   that wait for room
     */
    public record Census(Depth depth, long sent, long received, long end, long oldest, int receivers, int senders) {
        /** No message is queued. */
        public static final long NONE = -1;
    }

    /** Bytes and messages queued: cbytes and qnum. */
    public record Depth(long bytes, long messages) {}
}
