package dev.msqd.daemon;

import dev.msqd.queue.QueueKeeper;

/** A queue of the registry and, if its hot file can be used, its keeper. The conductor's alone. */
final class ServedQueue {
    private RegistryEntry entry;
    private QueueKeeper keeper;
    private String fault = "";
    private int attachments;
    private boolean unsettled = true;

    ServedQueue(RegistryEntry entry) {
        this.entry = entry;
    }

    RegistryEntry entry() {
        return entry;
    }

    void entry(RegistryEntry changed) {
        entry = changed;
    }

    /** Null while the hot file cannot be used. */
    QueueKeeper keeper() {
        return keeper;
    }

    /** Why there is no keeper; empty if there is. */
    String fault() {
        return fault;
    }

    /** How many clients are attached, as far as this daemon knows. */
    int attachments() {
        return attachments;
    }

    /** Whether there may be memory to give back although nobody is attached. */
    boolean unsettled() {
        return unsettled;
    }

    void settled() {
        unsettled = false;
    }

    void attached() {
        attachments++;
        unsettled = true;
    }

    void detached() {
        attachments--;
    }

    void serve(QueueKeeper newKeeper) {
        keeper = newKeeper;
        fault = "";
    }

    void fail(String why) {
        keeper = null;
        fault = why;
    }
}
