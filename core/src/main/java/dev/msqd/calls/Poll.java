package dev.msqd.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/** poll(2) for one descriptor. */
final class Poll {
    private static final short POLLIN = 1;
    private static final short POLLNVAL = 0x20;

    private static final MethodHandle POLL = Libc.function("poll");

    private Poll() {}

    /**
     * Waits until a read would not block: there is something, or the other side has closed.
     *
     * @param timeoutMs 0 looks once, a negative number waits for ever.
     */
    static boolean readable(int fd, long timeoutMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pollfd = arena.allocate(Structs.POLLFD_LENGTH, Integer.BYTES);
            pollfd.set(JAVA_INT, Structs.POLLFD_FD_OFFSET, fd);
            pollfd.set(JAVA_SHORT, Structs.POLLFD_EVENTS_OFFSET, POLLIN);
            long leftMs = timeoutMs;
            while (true) {
                int ready = Libc.callInt(POLL, pollfd.address(), 1, clampTimeoutMs(leftMs));
                if (ready < 0 && ready != -Errno.EINTR) {
                    throw Libc.failure(ready, "poll " + LinuxFile.describe(fd));
                }
                if (ready > 0) {
                    if ((pollfd.get(JAVA_SHORT, Structs.POLLFD_REVENTS_OFFSET) & POLLNVAL) != 0) {
                        throw new ErrnoException(Errno.EBADF, "poll fd " + fd + ": " + Errno.text(Errno.EBADF));
                    }
                    return true;
                }
                if (timeoutMs >= 0) {
                    leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                    if (leftMs <= 0) {
                        return false;
                    }
                }
            }
        }
    }

    /** The kernel's timeout is an int of milliseconds, -1 for ever. */
    static int clampTimeoutMs(long timeoutMs) {
        return (int) Math.max(-1, Math.min(timeoutMs, Integer.MAX_VALUE));
    }
}
