package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** The program, as a child of this process: the same environment, descriptors, terminal and process group. */
final class Program {
    /** In glibc 336, in musl 336 bytes. */
    private static final int SPAWNATTR_ROOM = 512;
    private static final int SIGSET_LENGTH = 128;
    private static final short POSIX_SPAWN_SETSIGMASK = 0x08;

    private static final int SIGINT = 2;
    private static final int SIGHUP = 1;
    private static final int SIGQUIT = 3;
    private static final int SIGTERM = 15;
    private static final long SIG_IGN = 1;
    private static final int SIGNAL_MASK = 0x7F;
    private static final int STATUS_SHIFT = 8;
    private static final int STATUS_MASK = 0xFF;
    /** What shells add to a signal's number. */
    private static final int ENDED_BY_SIGNAL = 128;

    private static final MethodHandle SPAWN = Libc.function("posix_spawnp");
    private static final MethodHandle ATTR_INIT = Libc.function("posix_spawnattr_init");
    private static final MethodHandle ATTR_FLAGS = Libc.function("posix_spawnattr_setflags");
    private static final MethodHandle ATTR_MASK = Libc.function("posix_spawnattr_setsigmask");
    private static final MethodHandle WAITPID = Libc.function("waitpid");
    private static final MethodHandle KILL = Libc.function("kill");
    private static final MethodHandle SIGNAL = Libc.function("signal");

    private final int pid;

    private Program(int pid) {
        this.pid = pid;
    }

    /**
     * Starts it. A filter that the calling thread has is the program's, too.
     *
     * @param arguments the program, looked for on the PATH, and its arguments, as bytes
     * @throws ErrnoException ENOENT: there is no such program; EACCES, ENOEXEC, ENOMEM
     */
    static Program start(List<byte[]> arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointers = arena.allocate(ADDRESS, arguments.size() + 1L);
            for (int i = 0; i < arguments.size(); i++) {
                byte[] argument = arguments.get(i);
                MemorySegment string = arena.allocate(argument.length + 1L);
                MemorySegment.copy(argument, 0, string, JAVA_BYTE, 0, argument.length);
                pointers.setAtIndex(JAVA_LONG, i, string.address());
            }
            // The JVM blocks signals that it wants for itself.
            MemorySegment attributes = arena.allocate(SPAWNATTR_ROOM, Long.BYTES);
            MemorySegment noSignals = arena.allocate(SIGSET_LENGTH, Long.BYTES);
            Libc.callInt(ATTR_INIT, attributes.address());
            Libc.callInt(ATTR_FLAGS, attributes.address(), POSIX_SPAWN_SETSIGMASK);
            Libc.callInt(ATTR_MASK, attributes.address(), noSignals.address());
            MemorySegment pid = arena.allocate(JAVA_INT);
            int errno = Libc.callInt(SPAWN, pid.address(), pointers.get(JAVA_LONG, 0), 0, attributes.address(),
                pointers.address(), environment());
            if (errno != 0) {
                throw new ErrnoException(errno, "start " + new String(arguments.getFirst()) + ": " + Errno.text(errno));
            }
            return new Program(pid.get(JAVA_INT, 0));
        }
    }

    int pid() {
        return pid;
    }

    /** Waits for its end: its exit status, or 128 and the signal that ended it. */
    int await() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            Libc.check(Libc.callIntAgain(WAITPID, pid, status.address(), 0), "wait for process " + pid);
            int value = status.get(JAVA_INT, 0);
            int signal = value & SIGNAL_MASK;
            return signal == 0 ? value >> STATUS_SHIFT & STATUS_MASK : ENDED_BY_SIGNAL + signal;
        }
    }

    /** SIGTERM. */
    void terminate() {
        Libc.callInt(KILL, pid, SIGTERM);
    }

    /** What a terminal sends to all that run on it is the program's affair. Not before it is started: it would ignore them as well. */
    static void leaveTerminalSignals() {
        Libc.callLong(SIGNAL, SIGINT, SIG_IGN);
        Libc.callLong(SIGNAL, SIGQUIT, SIG_IGN);
        Libc.callLong(SIGNAL, SIGHUP, SIG_IGN);
    }

    /** As it was handed to this process. */
    @SuppressWarnings("restricted")
    private static long environment() {
        return Linker.nativeLinker().defaultLookup().findOrThrow("environ").reinterpret(Long.BYTES).get(JAVA_LONG, 0);
    }
}
