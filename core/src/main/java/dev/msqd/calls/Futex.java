package dev.msqd.calls;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * futex(2) on memory that processes share: a 4-byte word, 4-byte aligned, in a shared mapping. The word is found by
 * its file and offset, so each process may have it at another address. Neither call makes garbage.
 */
public final class Futex {
    private static final long SYS_FUTEX = Libc.AARCH64 ? 98 : 202;
    private static final long FUTEX_WAIT = 0;
    private static final long FUTEX_WAKE = 1;
    private static final long FUTEX_WAIT_BITSET = 9;
    private static final long FUTEX_WAKE_BITSET = 10;
    private static final long NS_PER_SEC = 1_000_000_000;

    private static final MethodHandle SYSCALL = Libc.variadic("syscall", 1);
    private static final MethodHandle CRITICAL_SYSCALL = Libc.criticalSyscall();

    private Futex() {}

    /**
     * Sleeps until a {@link #wake} on the word, if the word still holds the expected value. Wake-ups without a cause
     * happen: the caller looks again at what it waits for.
     *
     * <p>Only for platform threads: a virtual thread would hold its carrier while it sleeps. The garbage collector
     * does not wait for a sleeper; {@link Thread#interrupt()} does not end the sleep.
     *
     * @param address of the word, which must stay mapped during the call.
     * @param timeoutNs how long at most; 0 or less looks at the word and returns.
     * @return 0 woken, {@link Errno#EAGAIN} the word held another value, {@link Errno#ETIMEDOUT}, or
     *     {@link Errno#EINTR}.
     * @throws ErrnoException EFAULT: nothing is mapped there; EINVAL: not aligned.
     */
    public static int await(long address, int expected, long timeoutNs) {
        MemorySegment block = Libc.threadBlock();
        long timespec = timespec(block, Math.max(timeoutNs, 0));
        long result;
        try {
            result = (long) SYSCALL.invokeExact(block, SYS_FUTEX, address, FUTEX_WAIT, (long) expected, timespec, 0L);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
        return awaited(result, block, address);
    }

    /**
     * As {@link #await(long, int, long)}, but {@link #wakeOnly} passes over it unless it names one of {@code bits}.
     *
     * @param bits not 0.
     */
    public static int await(long address, int expected, long timeoutNs, int bits) {
        MemorySegment block = Libc.threadBlock();
        // This call wants the end of the wait, by the clock that nanoTime reads.
        long timespec = timespec(block, System.nanoTime() + Math.max(timeoutNs, 0));
        long result;
        try {
            result = (long) Select.SYSCALL.invokeExact(block, SYS_FUTEX, address, FUTEX_WAIT_BITSET, (long) expected,
                timespec, 0L, (long) bits);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
        return awaited(result, block, address);
    }

    /** Writes a timespec into the block; returns its address. */
    private static long timespec(MemorySegment block, long ns) {
        block.set(JAVA_LONG, Libc.BLOCK_TIMESPEC_OFFSET + Structs.TIMESPEC_SEC_OFFSET, ns / NS_PER_SEC);
        block.set(JAVA_LONG, Libc.BLOCK_TIMESPEC_OFFSET + Structs.TIMESPEC_NSEC_OFFSET, ns % NS_PER_SEC);
        return block.address() + Libc.BLOCK_TIMESPEC_OFFSET;
    }

    private static int awaited(long result, MemorySegment block, long address) {
        if (result == 0) {
            return 0;
        }
        int errno = Libc.errno(block);
        if (errno != Errno.EAGAIN && errno != Errno.ETIMEDOUT && errno != Errno.EINTR) {
            throw Libc.failure(-errno, "futex wait at 0x" + Long.toHexString(address));
        }
        return errno;
    }

    /**
     * Wakes threads that sleep in {@link #await} on the word, the longest sleeping first. Any thread may call,
     * virtual ones too: it never blocks. With nobody there it still costs 180 to 310 ns.
     *
     * @param count how many at most, from 1.
     * @return how many were woken.
     * @throws ErrnoException EFAULT: nothing is mapped there; EINVAL: not aligned, or a count below 1.
     */
    public static int wake(long address, int count) {
        if (count < 1) {
            throw new ErrnoException(Errno.EINVAL, "futex wake of " + count + " sleepers, at least 1");
        }
        int result;
        try {
            result = (int) (long) CRITICAL_SYSCALL.invokeExact(SYS_FUTEX, address, FUTEX_WAKE, (long) count, 0L, 0L);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
        return result >= 0 ? result : wakeAgain(address, count);
    }

    /**
     * Wakes all threads that sleep on the word, but for those that named bits in {@link #await(long, int, long, int)}
     * of which none is among these.
     *
     * @param bits not 0.
     * @return how many were woken.
     */
    public static int wakeOnly(long address, int bits) {
        int result;
        try {
            result = (int) (long) Select.CRITICAL_SYSCALL.invokeExact(SYS_FUTEX, address, FUTEX_WAKE_BITSET,
                (long) Integer.MAX_VALUE, 0L, 0L, (long) bits);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
        return result >= 0 ? result : wakeAgain(address, Integer.MAX_VALUE);
    }

    /** The fast call does not tell why it failed: the same once more, slowly, for the error number. */
    private static int wakeAgain(long address, int count) {
        long result = Libc.callLong(SYSCALL, SYS_FUTEX, address, FUTEX_WAKE, count);
        return (int) Libc.check(result, "futex wake at 0x" + Long.toHexString(address));
    }

    /** Linked where it is used first: it takes some ms. */
    private static final class Select {
        static final MethodHandle SYSCALL = Libc.longSyscall();
        static final MethodHandle CRITICAL_SYSCALL = Libc.criticalLongSyscall();
    }
}
