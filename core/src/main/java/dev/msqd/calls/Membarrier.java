package dev.msqd.calls;

import java.lang.invoke.MethodHandle;

/**
 * membarrier(2): the rare side of a pair of threads pays for the memory fence of both, also where the other thread belongs to another
 * process. A process takes part when it has registered.
 *
 * <p>It takes half a microsecond where no other registered thread runs, and as long as an interrupt of their processors
 * where some do: about 10 µs on a virtual machine.
 */
public final class Membarrier {
    private static final long SYS_MEMBARRIER = Libc.AARCH64 ? 283 : 324;
    private static final long GLOBAL_EXPEDITED = 1 << 1;
    private static final long REGISTER_GLOBAL_EXPEDITED = 1 << 2;

    private static final MethodHandle SYSCALL = Libc.variadic("syscall", 1);

    private Membarrier() {}

    /**
     * Has this process take part from now on; a second time it does nothing.
     *
     * @throws ErrnoException ENOSYS, EPERM where the kernel, or who confines this process, does not allow it
     */
    public static void register() {
        Libc.check(Libc.callInt(SYSCALL, SYS_MEMBARRIER, REGISTER_GLOBAL_EXPEDITED),
            "membarrier(2), which msqd needs, to register this process");
    }

    /**
     * When it returns, every thread of a registered process has passed a full fence since the call began: what it stored before is
     * seen here, what it loads afterwards sees what was stored here before the call. Any thread.
     */
    public static void everywhere() {
        Libc.check(Libc.callInt(SYSCALL, SYS_MEMBARRIER, GLOBAL_EXPEDITED), "membarrier(2)");
    }
}
