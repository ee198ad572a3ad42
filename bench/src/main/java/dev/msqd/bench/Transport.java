package dev.msqd.bench;

/**
 * What the two processes talk through, and whether they poll (calls that do not wait, in a loop) or block (msqd then
 * looks for a while before it sleeps).
 */
enum Transport {
    MSQD_POLLING("msqd polling", true, true),
    KERNEL_POLLING("kernel polling", false, true),
    MSQD_BLOCKING("msqd blocking", true, false),
    KERNEL_BLOCKING("kernel blocking", false, false);

    private final String label;
    private final boolean msqd;
    private final boolean polling;

    Transport(String label, boolean msqd, boolean polling) {
        this.label = label;
        this.msqd = msqd;
        this.polling = polling;
    }

    String label() {
        return label;
    }

    boolean isMsqd() {
        return msqd;
    }

    boolean isPolling() {
        return polling;
    }

    /** The kernel's queue used in the same way. */
    Transport baseline() {
        return polling ? KERNEL_POLLING : KERNEL_BLOCKING;
    }
}
