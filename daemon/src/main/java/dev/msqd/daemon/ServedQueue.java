package dev.msqd.daemon;

import dev.msqd.client.MsqidDs;
import dev.msqd.log.QueueState;
import dev.msqd.queue.QueueKeeper;

/** A queue of the registry and, if its hot file can be used, its keeper. The conductor's alone. */
final class ServedQueue {
    private static final int MAX_ROUNDS = 100;

    private RegistryEntry entry;
    private QueueKeeper keeper;
    private String fault = "";
    private int attachments;
    private long attachmentsEver;
    private boolean unsettled = true;
    private boolean repairDue;
    private final boolean maybeInUse;
    private MsqidDs described;
    private boolean removed;
    private long repairs;

    /** @param maybeInUse whether there may be clients that are attached without this daemon's knowledge */
    ServedQueue(RegistryEntry entry, boolean maybeInUse) {
        this.entry = entry;
        this.maybeInUse = maybeInUse;
    }

    RegistryEntry entry() {
        return entry;
    }

    void entry(RegistryEntry changed) {
        entry = changed;
    }

    /** Null while the hot file is not open, or cannot be used. */
    QueueKeeper keeper() {
        return keeper;
    }

    /** Why there can be no keeper; empty otherwise. */
    String fault() {
        return fault;
    }

    /** How many clients are attached, as far as this daemon knows. */
    int attachments() {
        return attachments;
    }

    /** How many have attached to it since this daemon started. */
    long attachmentsEver() {
        return attachmentsEver;
    }

    /** Whether somebody is attached, or may be without this daemon's knowledge. */
    boolean maybeAttached() {
        return attachments > 0 || maybeInUse;
    }

    /** Whether there may be memory to give back although nobody is attached. */
    boolean unsettled() {
        return unsettled;
    }

    void settled() {
        unsettled = false;
    }

    /** Whether a dead client may have left something that could not be put right yet. */
    boolean repairDue() {
        return repairDue && keeper != null;
    }

    void repairDue(boolean due) {
        repairDue = due;
    }

    void attached() {
        described = null;
        attachments++;
        attachmentsEver++;
        unsettled = true;
    }

    void detached() {
        attachments--;
    }

    void serve(QueueKeeper newKeeper) {
        described = null;
        keeper = newKeeper;
        fault = "";
        repairDue = false; // opening it was one
    }

    /** Closes the keeper for now. While nobody is attached the queue stays as it is. */
    void park() {
        QueueKeeper parked = keeper;
        // Nobody comes back to its memory before somebody uses it.
        for (int round = 0; round < MAX_ROUNDS && parked.keepHouse(0) > 0; round++) {
            unsettled = attachments > 0;
        }
        described = maybeAttached() ? null : describe(parked);
        keeper = null;
        parked.park();
    }

    /** What a queue is like that was parked and cannot have changed since; else null. */
    MsqidDs described() {
        return described;
    }

    MsqidDs describe(QueueKeeper of) {
        QueueState state = of.state();
        QueueKeeper.Depth depth = of.depth();
        return new MsqidDs(entry.msqid(), entry.key(), entry.name(), entry.uid(), entry.gid(), entry.cuid(),
            entry.cgid(), entry.mode(), depth.bytes(), depth.messages(), entry.qbytes(), state.lspid(),
            state.lrpid(), state.stimeSeconds(), state.rtimeSeconds(), entry.ctimeSeconds(),
            entry.durability(), entry.retention(), "");
    }

    /** What the registry alone knows. */
    MsqidDs describeAtFault() {
        return new MsqidDs(entry.msqid(), entry.key(), entry.name(), entry.uid(), entry.gid(), entry.cuid(),
            entry.cgid(), entry.mode(), 0, 0, entry.qbytes(), 0, 0, 0, 0, entry.ctimeSeconds(), entry.durability(),
            entry.retention(), fault);
    }

    /** How often something was put right that a dead client left. */
    long repairs() {
        return repairs;
    }

    void repaired() {
        repairs++;
    }

    /** The queue is gone (IPC_RMID); clients may still be attached to what was its memory. */
    boolean removed() {
        return removed;
    }

    void remove() {
        fail("queue " + entry.msqid() + " was removed");
        removed = true;
    }

    void fail(String why) {
        described = null;
        keeper = null;
        fault = why;
    }
}
