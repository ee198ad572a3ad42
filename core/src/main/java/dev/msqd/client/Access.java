package dev.msqd.client;

import static dev.msqd.calls.Processes.CAP_IPC_OWNER;
import static dev.msqd.calls.Processes.CAP_SYS_ADMIN;
import static dev.msqd.calls.Processes.CAP_SYS_RESOURCE;

import dev.msqd.client.control.Credentials;

/**
 * System V's permission rules as pure functions: the daemon judges by them at the door, clients judge themselves again
 * by them after an IPC_SET (R29, R53).
 */
public final class Access {
    /** Read: receive, IPC_STAT. */
    public static final int READ = 4;
    /** Write: send. */
    public static final int WRITE = 2;
    /** Execute: means nothing to a queue, yet counts when it is asked for (R5). */
    public static final int EXECUTE = 1;
    /** The permission bits of a mode (R9, R64). */
    public static final int MODE_MASK = 0777;

    private static final int OWNER_SHIFT = 6;
    private static final int GROUP_SHIFT = 3;
    private static final int ALL = READ | WRITE | EXECUTE;

    private Access() {}

    /** What msgflg asks for: the bits of its three classes folded into one (R4, R5). */
    public static int requested(int msgflg) {
        return (msgflg >>> OWNER_SHIFT | msgflg >>> GROUP_SHIFT | msgflg) & ALL;
    }

    /**
     * What the caller may do: the bits of the one class it falls into, without falling through to a wider one (R7);
     * everything with CAP_IPC_OWNER (R8).
     *
     * @return {@link #READ}, {@link #WRITE} and {@link #EXECUTE} combined
     */
    public static int granted(Credentials caller, int uid, int gid, int cuid, int cgid, int mode) {
        if (caller.has(CAP_IPC_OWNER)) {
            return ALL;
        }
        if (caller.uid() == uid || caller.uid() == cuid) {
            return mode >>> OWNER_SHIFT & ALL;
        }
        if (caller.inGroup(gid) || caller.inGroup(cgid)) {
            return mode >>> GROUP_SHIFT & ALL;
        }
        return mode & ALL;
    }

    /** Whether every requested bit is granted; nothing requested is always granted (R6). */
    public static boolean permits(int granted, int requested) {
        return (requested & ~granted) == 0;
    }

    /** Whether the caller may change or remove the queue: owner, creator (R63) or CAP_SYS_ADMIN (R62). */
    public static boolean owns(Credentials caller, int uid, int cuid) {
        return caller.uid() == uid || caller.uid() == cuid || caller.has(CAP_SYS_ADMIN);
    }

    /** Whether the caller may give a queue this limit in bytes, unsigned as in System V's structure (R65). */
    public static boolean mayLimit(Credentials caller, long qbytes, long msgmnb) {
        return Long.compareUnsigned(qbytes, msgmnb) <= 0 || caller.has(CAP_SYS_RESOURCE);
    }
}
