package dev.msqd.daemon.run;

import dev.msqd.calls.Libc;

/** Numbers of system calls on this processor. */
final class SystemCall {
    static final int MSGGET = Libc.AARCH64 ? 186 : 68;
    static final int MSGSND = Libc.AARCH64 ? 189 : 69;
    static final int MSGRCV = Libc.AARCH64 ? 188 : 70;
    static final int MSGCTL = Libc.AARCH64 ? 187 : 71;
    static final int RT_SIGRETURN = Libc.AARCH64 ? 139 : 15;
    static final int EXECVE = Libc.AARCH64 ? 221 : 59;
    static final int EXECVEAT = Libc.AARCH64 ? 281 : 322;
    /** Not on AArch64, where every open is an openat. */
    static final int OPEN = 2;
    static final int OPENAT = Libc.AARCH64 ? 56 : 257;
    static final int OPENAT2 = 437;
    static final int SECCOMP = Libc.AARCH64 ? 277 : 317;
    static final int SETUID = Libc.AARCH64 ? 146 : 105;
    static final int SETGID = Libc.AARCH64 ? 144 : 106;
    static final int SETREUID = Libc.AARCH64 ? 145 : 113;
    static final int SETREGID = Libc.AARCH64 ? 143 : 114;
    static final int SETGROUPS = Libc.AARCH64 ? 159 : 116;
    static final int SETRESUID = Libc.AARCH64 ? 147 : 117;
    static final int SETRESGID = Libc.AARCH64 ? 149 : 119;
    static final int CAPSET = Libc.AARCH64 ? 91 : 126;
    static final int UNSHARE = Libc.AARCH64 ? 97 : 272;
    static final int SETNS = Libc.AARCH64 ? 268 : 308;

    /** After one of these a thread may have other rights, or queues of another IPC namespace. */
    static final int[] CHANGING_RIGHTS = {
        SETUID, SETGID, SETREUID, SETREGID, SETGROUPS, SETRESUID, SETRESGID, CAPSET, UNSHARE, SETNS, EXECVE, EXECVEAT
    };

    private SystemCall() {}

    static boolean changesRights(int number) {
        for (int changing : CHANGING_RIGHTS) {
            if (number == changing) {
                return true;
            }
        }
        return false;
    }
}
