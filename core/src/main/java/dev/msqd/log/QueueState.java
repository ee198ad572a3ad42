package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.CGID_OFFSET;
import static dev.msqd.layout.StateDescriptor.CTIME_OFFSET;
import static dev.msqd.layout.StateDescriptor.DURABILITY_OFFSET;
import static dev.msqd.layout.StateDescriptor.CUID_OFFSET;
import static dev.msqd.layout.StateDescriptor.GENERATION_OFFSET;
import static dev.msqd.layout.StateDescriptor.GID_OFFSET;
import static dev.msqd.layout.StateDescriptor.INCARNATION_OFFSET;
import static dev.msqd.layout.StateDescriptor.KEY_OFFSET;
import static dev.msqd.layout.StateDescriptor.LAST_RECEIVE_OFFSET;
import static dev.msqd.layout.StateDescriptor.LAST_SEND_OFFSET;
import static dev.msqd.layout.StateDescriptor.LOG_FAULT_OFFSET;
import static dev.msqd.layout.StateDescriptor.MODE_OFFSET;
import static dev.msqd.layout.StateDescriptor.MSQID_OFFSET;
import static dev.msqd.layout.StateDescriptor.QBYTES_OFFSET;
import static dev.msqd.layout.StateDescriptor.REMOVED_OFFSET;
import static dev.msqd.layout.StateDescriptor.RESCAN_EPOCH_OFFSET;
import static dev.msqd.layout.StateDescriptor.SEGMENT_LENGTH_OFFSET;
import static dev.msqd.layout.StateDescriptor.TICKET_OFFSET;
import static dev.msqd.layout.StateDescriptor.UID_OFFSET;
import static dev.msqd.layout.StateDescriptor.UUID_HIGH_OFFSET;
import static dev.msqd.layout.StateDescriptor.UUID_LOW_OFFSET;

import dev.msqd.calls.Words;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import java.security.SecureRandom;

/** The state page's identity, rules and times. Rules are stored by the daemon alone; everybody reads. */
public final class QueueState {
    private final Words state;

    QueueState(Words state) {
        this.state = state;
    }

    void initialise(QueueParameters p) {
        state.putInt(MSQID_OFFSET, p.msqid());
        state.putInt(KEY_OFFSET, p.key());
        state.putLong(UUID_HIGH_OFFSET, p.uuidHigh());
        state.putLong(UUID_LOW_OFFSET, p.uuidLow());
        state.putInt(SEGMENT_LENGTH_OFFSET, p.segmentLength());
        state.putLong(INCARNATION_OFFSET, new SecureRandom().nextLong(1, Long.MAX_VALUE));
        state.putInt(DURABILITY_OFFSET, p.durability().code());
        state.putInt(CUID_OFFSET, p.cuid());
        state.putInt(CGID_OFFSET, p.cgid());
        apply(p.uid(), p.gid(), p.mode(), p.qbytes(), p.ctimeSeconds());
    }

    /**
     * Changes the rules (IPC_SET). Sleepers are not woken by it.
     *
     * @param ctimeSeconds seconds since the epoch
     */
    public void apply(int uid, int gid, int mode, long qbytes, long ctimeSeconds) {
        state.putInt(UID_OFFSET, uid);
        state.putInt(GID_OFFSET, gid);
        state.putInt(MODE_OFFSET, mode);
        state.putLong(QBYTES_OFFSET, qbytes);
        state.putLong(CTIME_OFFSET, ctimeSeconds);
        state.getAndAddLong(GENERATION_OFFSET, 1);
    }

    /** Changes what messages survive. What is being sent or received meanwhile may follow either level. */
    public void durability(Durability durability) {
        state.putIntVolatile(DURABILITY_OFFSET, durability.code());
        state.getAndAddLong(GENERATION_OFFSET, 1);
    }

    /** Flags the queue as removed (IPC_RMID). Sleepers are not woken by it. */
    public void markRemoved() {
        state.putIntVolatile(REMOVED_OFFSET, 1);
        state.getAndAddLong(GENERATION_OFFSET, 1);
    }

    /** Goes up with every change of the rules: who sees the same number may use the rules it read before. */
    public long generation() {
        return state.getLongVolatile(GENERATION_OFFSET);
    }

    /** Goes up when a message went back to its place, where receivers that are past it would not look again. */
    public long rescanEpoch() {
        return state.getLongVolatile(RESCAN_EPOCH_OFFSET);
    }

    void bumpRescanEpoch() {
        state.getAndAddLong(RESCAN_EPOCH_OFFSET, 1);
    }

    /** A ticket for somebody who goes to sleep: the order of tickets is the order of waiting. */
    public long nextTicket() {
        return state.getAndAddLong(TICKET_OFFSET, 1) + 1;
    }

    public int msqid() {
        return state.getInt(MSQID_OFFSET);
    }

    public int key() {
        return state.getInt(KEY_OFFSET);
    }

    public long uuidHigh() {
        return state.getLong(UUID_HIGH_OFFSET);
    }

    public long uuidLow() {
        return state.getLong(UUID_LOW_OFFSET);
    }

    public boolean removed() {
        return state.getIntVolatile(REMOVED_OFFSET) != 0;
    }

    /** {@link Durability#PROCESS} where the memory says what can't be. */
    public Durability durability() {
        int code = state.getIntVolatile(DURABILITY_OFFSET);
        return Durability.isCode(code) ? Durability.of(code) : Durability.PROCESS;
    }

    /** Positive; tells this hot file's positions from those of any other that the queue ever had. */
    public long incarnation() {
        return state.getLong(INCARNATION_OFFSET);
    }

    /** What keeps the log on disk from being written (StateDescriptor.logFault), or 0. */
    public int logFault() {
        return state.getIntVolatile(LOG_FAULT_OFFSET);
    }

    /** For the daemon. Sleepers are not woken by it. */
    public void logFault(int fault) {
        state.putIntVolatile(LOG_FAULT_OFFSET, fault);
        state.getAndAddLong(GENERATION_OFFSET, 1);
    }

    public int uid() {
        return state.getIntVolatile(UID_OFFSET);
    }

    public int gid() {
        return state.getIntVolatile(GID_OFFSET);
    }

    public int cuid() {
        return state.getInt(CUID_OFFSET);
    }

    public int cgid() {
        return state.getInt(CGID_OFFSET);
    }

    public int mode() {
        return state.getIntVolatile(MODE_OFFSET);
    }

    public long qbytes() {
        return state.getLongVolatile(QBYTES_OFFSET);
    }

    public long ctimeSeconds() {
        return state.getLongVolatile(CTIME_OFFSET);
    }

    /** 0 before the first send. */
    public long stimeSeconds() {
        return StateDescriptor.lastSeconds(state.getLongVolatile(LAST_SEND_OFFSET));
    }

    public int lspid() {
        return StateDescriptor.lastPid(state.getLongVolatile(LAST_SEND_OFFSET));
    }

    /** 0 before the first receive. */
    public long rtimeSeconds() {
        return StateDescriptor.lastSeconds(state.getLongVolatile(LAST_RECEIVE_OFFSET));
    }

    public int lrpid() {
        return StateDescriptor.lastPid(state.getLongVolatile(LAST_RECEIVE_OFFSET));
    }

    /** Process and time of the last send, as one word. */
    public long lastSend() {
        return state.getLongVolatile(LAST_SEND_OFFSET);
    }

    /** Process and time of the last receive, as one word. */
    public long lastReceive() {
        return state.getLongVolatile(LAST_RECEIVE_OFFSET);
    }

    /** Notes a send (R33). The word is stored only when it changed: in a burst it costs a load. */
    public void sent(long lastWord) {
        if (state.getLongVolatile(LAST_SEND_OFFSET) != lastWord) {
            state.putLongRelease(LAST_SEND_OFFSET, lastWord);
        }
    }

    /** Notes a receive (R58). */
    public void received(long lastWord) {
        if (state.getLongVolatile(LAST_RECEIVE_OFFSET) != lastWord) {
            state.putLongRelease(LAST_RECEIVE_OFFSET, lastWord);
        }
    }
}
