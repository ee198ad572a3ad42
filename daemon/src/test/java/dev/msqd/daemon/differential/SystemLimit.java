package dev.msqd.daemon.differential;

import java.util.Locale;

/** A limit of the whole system (R75, R76). */
enum SystemLimit {
    MSGMAX,
    MSGMNB,
    MSGMNI;

    /** As /proc/sys/kernel and the configuration call it. */
    String file() {
        return name().toLowerCase(Locale.ROOT);
    }
}
