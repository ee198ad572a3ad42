package dev.msqd.bench;

import dev.msqd.layout.Durability;

/**
 * What the two processes talk through, and whether they poll (calls that do not wait, in a loop) or block (msqd then
 * looks for a while before it sleeps).
 */
enum Transport {
    MSQD_POLLING("msqd polling, interval", Durability.INTERVAL, true),
    MSQD_PROCESS_POLLING("msqd polling, process", Durability.PROCESS, true),
    KERNEL_POLLING("kernel polling", null, true),
    MSQD_BLOCKING("msqd blocking, interval", Durability.INTERVAL, false),
    MSQD_PROCESS_BLOCKING("msqd blocking, process", Durability.PROCESS, false),
    KERNEL_BLOCKING("kernel blocking", null, false);

    private final String label;
    private final Durability durability;
    private final boolean polling;

    /** @param durability of msqd's queues; null for the kernel's */
    Transport(String label, Durability durability, boolean polling) {
        this.label = label;
        this.durability = durability;
        this.polling = polling;
    }

    String label() {
        return label;
    }

    boolean isMsqd() {
        return durability != null;
    }

    /** Of msqd's queues alone. */
    Durability durability() {
        return durability;
    }

    boolean isPolling() {
        return polling;
    }

    /** The kernel's queue used in the same way. */
    Transport baseline() {
        return polling ? KERNEL_POLLING : KERNEL_BLOCKING;
    }
}
