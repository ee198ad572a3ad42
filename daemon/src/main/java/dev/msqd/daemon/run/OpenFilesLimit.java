package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many files a process may have open (RLIMIT_NOFILE). The JVM raises it for itself as far as it may, and a program that closes
 * every descriptor there may be would be at it for long. So it is as it was while the program is started: as the parent process has it.
 *
 * <pre>
 *  struct rlimit
 *   0                               8                              16
 *  +-------------------------------+-------------------------------+
 *  | rlim_cur                      | rlim_max                      |
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
final class OpenFilesLimit implements AutoCloseable {
    private static final int RLIMIT_NOFILE = 7;
    private static final int LENGTH = 2 * Long.BYTES;
    private static final String PREFIX = "Max open files";

    private static final MethodHandle GETRLIMIT = Libc.function("getrlimit");
    private static final MethodHandle SETRLIMIT = Libc.function("setrlimit");

    private final long raised;

    private OpenFilesLimit(long raised) {
        this.raised = raised;
    }

    /** Until it is closed, the limit is the parent's. */
    static OpenFilesLimit ofParent() {
        long raised = change(-1);
        try {
            long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
            for (String line : Files.readAllLines(Path.of("/proc/" + parent + "/limits"))) {
                if (line.startsWith(PREFIX)) {
                    change(Math.min(raised, Long.parseLong(line.substring(PREFIX.length()).strip().split(" ")[0])));
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Hidden, or unlimited: it stays as it is.
        }
        return new OpenFilesLimit(raised);
    }

    @Override
    public void close() {
        change(raised);
    }

    /** Sets it unless it is negative; returns what it was. */
    private static long change(long soft) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(LENGTH, Long.BYTES);
            Libc.check(Libc.callInt(GETRLIMIT, RLIMIT_NOFILE, limit.address()), "getrlimit");
            long before = limit.get(JAVA_LONG, 0);
            if (soft >= 0) {
                limit.set(JAVA_LONG, 0, soft);
                Libc.check(Libc.callInt(SETRLIMIT, RLIMIT_NOFILE, limit.address()), "setrlimit");
            }
            return before;
        }
    }
}
