package dev.msqd.calls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Facts about processes. A pid may be given to another process once its own has ended and been reaped: who holds a
 * pidfd, asks by pid, and then finds the pidfd not {@link #exited}, has asked about the right one.
 */
public final class Processes {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** Capability numbers of capabilities(7), for {@code (effectiveCapabilities(pid) >> CAP_X & 1) != 0}. */
    public static final int CAP_IPC_OWNER = 15;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_RESOURCE = 24;

    /** Room for a thread's name and the zero that ends it (TASK_COMM_LEN). */
    public static final int THREAD_NAME_LENGTH = 16;

    private static final int SYS_PIDFD_OPEN = 434;
    private static final int START_TIME_FIELD = 22;
    private static final int FIRST_FIELD_AFTER_NAME = 3;
    private static final String CAPABILITIES_KEY = "CapEff:";

    private static final MethodHandle GETPID = Libc.function("getpid");
    private static final MethodHandle GETEUID = Libc.function("geteuid");
    private static final MethodHandle GETEGID = Libc.function("getegid");
    private static final int SYS_GETTID = Libc.AARCH64 ? 178 : 186;

    private static final MethodHandle SYSCALL = Libc.variadic("syscall", 1);

    private Processes() {}

    /** This process's id. */
    public static int self() {
        return Libc.callInt(GETPID);
    }

    /** The parent's id; 0 if it is not visible. */
    public static int parent() {
        return Libc.callInt(Calls.GETPPID);
    }

    /** Id of the calling thread; of a virtual one, its carrier's. */
    public static int threadId() {
        return (int) Libc.callLong(SYSCALL, SYS_GETTID);
    }

    /** The processor that the calling thread runs on at the moment. Makes no system call and no garbage. */
    public static int processor() {
        try {
            return (int) (long) Calls.SCHED_GETCPU.invokeExact(0L, 0L, 0L, 0L, 0L, 0L);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /**
     * The calling thread's name as ps shows it, 15 bytes at most (prctl(2), PR_GET_NAME).
     *
     * @return {@link #THREAD_NAME_LENGTH} bytes, the rest after the name zero
     */
    public static byte[] threadName() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(THREAD_NAME_LENGTH);
            Libc.check(Libc.callInt(Calls.PRCTL, Calls.PR_GET_NAME, name.address()), "name of this thread");
            return name.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** What is needed while calls are traced: linked when it is used for the first time. */
    private static final class Calls {
        private static final int PR_GET_NAME = 16;
        private static final MethodHandle GETPPID = Libc.function("getppid");
        private static final MethodHandle PRCTL = Libc.variadic("prctl", 1);
        private static final MethodHandle SCHED_GETCPU = Libc.critical("sched_getcpu");
    }

    /** All 32 bits count. */
    public static int effectiveUid() {
        return Libc.callInt(GETEUID);
    }

    /** All 32 bits count. */
    public static int effectiveGid() {
        return Libc.callInt(GETEGID);
    }

    /**
     * A descriptor that stands for a process as long as it is open, closed on exec; -1 if there is no such process. A
     * process that ended and was not reaped yet still counts.
     *
     * @throws ErrnoException EINVAL: not a positive number; EMFILE, ENFILE; ENOSYS before Linux 5.3.
     */
    public static int pidfdOpen(int pid) {
        long result = Libc.callLong(SYSCALL, SYS_PIDFD_OPEN, pid, 0);
        // The number of a process that ended may be a thread's by now: ENOENT, before Linux 6.9 EINVAL.
        boolean none = result == -Errno.ESRCH || pid > 0 && (result == -Errno.ENOENT || result == -Errno.EINVAL);
        return none ? -1 : (int) Libc.check(result, "pidfd of process " + pid);
    }

    /**
     * Whether the process behind a pidfd has ended, reaped or not.
     *
     * @throws ErrnoException EBADF: the descriptor is not open.
     */
    public static boolean exited(int pidfd) {
        return Poll.readable(pidfd, 0);
    }

    /**
     * When a process began, in clock ticks since boot: with the pid, its name for the time of this boot. -1 if there
     * is no such process; one that ended and was not reaped yet still has it. (proc_pid_stat(5), field 22.)
     *
     * @throws ErrnoException EACCES: /proc hides the process.
     */
    public static long startTime(int pid) {
        String[] fields = fieldsAfterName(pid);
        return fields.length == 0 ? -1 : Long.parseLong(fields[START_TIME_FIELD - FIRST_FIELD_AFTER_NAME].trim());
    }

    /** How many descriptors this process may have (RLIMIT_NOFILE). */
    public static int maxOpenFiles() {
        String limits = read(self(), "limits");
        String prefix = "Max open files";
        int at = limits == null ? -1 : limits.indexOf(prefix);
        if (at < 0) {
            throw new ErrnoException(Errno.ENOSYS, "/proc/self/limits does not tell the number of open files");
        }
        String soft = limits.substring(at + prefix.length()).strip().split(" ")[0];
        return soft.equals("unlimited") ? Integer.MAX_VALUE : (int) Math.min(Long.parseLong(soft), Integer.MAX_VALUE);
    }

    /** The name of a process's program, at most 15 bytes (proc_pid_comm(5)); empty when there is no such process. */
    public static String name(int pid) {
        String comm = read(pid, "comm");
        return comm == null ? ""
            : new String(comm.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip();
    }

    /** Whether a process is stopped by a signal (SIGSTOP and its like); false when there is no such process. */
    public static boolean isStopped(int pid) {
        String[] fields = fieldsAfterName(pid);
        return fields.length > 0 && fields[0].equals("T");
    }

    /** The fields of /proc/PID/stat from the third on, the state; none when there is no such process. */
    private static String[] fieldsAfterName(int pid) {
        String stat = read(pid, "stat");
        // The name, field 2, is in parentheses and may hold blanks and parentheses itself.
        return stat == null ? new String[0] : stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    /**
     * The effective capabilities, a bit each; 0 if there is no such process. Also 0 for a process in another user
     * namespace: anyone may make a namespace and have every capability in it, which counts nothing outside.
     *
     * @throws ErrnoException EACCES: /proc hides the process.
     */
    public static long effectiveCapabilities(int pid) {
        String status = read(pid, "status");
        if (status == null || !inOurUserNamespace(pid)) {
            return 0;
        }
        int begin = status.indexOf(CAPABILITIES_KEY) + CAPABILITIES_KEY.length();
        return Long.parseUnsignedLong(status.substring(begin, status.indexOf('\n', begin)).trim(), 16);
    }

    /**
     * By the namespace's identity, where we may see it. Where not (the other is more privileged, or of another user),
     * by how it maps user ids: only who has CAP_SETUID here can make a namespace that maps them all as ours does.
     */
    private static boolean inOurUserNamespace(int pid) {
        Path ours = Path.of("/proc/self/ns/user");
        if (Files.notExists(ours, LinkOption.NOFOLLOW_LINKS)) {
            return true; // a kernel without user namespaces
        }
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user")).equals(Files.readSymbolicLink(ours));
        } catch (IOException e) {
            String map = read(pid, "uid_map");
            return map != null && map.equals(read(self(), "uid_map"));
        }
    }

    /** A file of /proc/pid, byte for character; null if the process is gone. */
    private static String read(int pid, String file) {
        Path directory = Path.of("/proc/" + pid);
        try {
            return new String(Files.readAllBytes(directory.resolve(file)), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (Files.notExists(directory)) {
                return null;
            }
            throw new ErrnoException(Errno.EACCES, "read " + directory.resolve(file), e);
        }
    }

    /**
     * Tells one run of the machine from another.
     *
     * @throws ErrnoException EIO where the kernel does not say
     */
    public static UUID bootId() {
        try {
            return UUID.fromString(Files.readString(BOOT_ID).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw new ErrnoException(Errno.EIO, "cannot read " + BOOT_ID + ": " + e, e);
        }
    }
}
