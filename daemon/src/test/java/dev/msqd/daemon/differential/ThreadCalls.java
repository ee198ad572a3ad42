package dev.msqd.daemon.differential;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * What Linux keeps a thread, and the C library would change for the whole process: users, groups, namespaces. By syscall(2), so
 * that it stays the calling thread's.
 */
final class ThreadCalls {
    private static final boolean AARCH64 = System.getProperty("os.arch").equals("aarch64");
    private static final long SYS_SETGROUPS = AARCH64 ? 159 : 116;
    private static final long SYS_SETRESGID = AARCH64 ? 149 : 119;
    private static final long SYS_SETRESUID = AARCH64 ? 147 : 117;
    private static final long SYS_PRCTL = AARCH64 ? 167 : 157;
    private static final long SYS_CAPSET = AARCH64 ? 91 : 126;
    private static final long SYS_UNSHARE = AARCH64 ? 97 : 272;

    private static final long CLONE_NEWIPC = 0x0800_0000;
    private static final long PR_GET_DUMPABLE = 3;
    private static final long PR_SET_DUMPABLE = 4;
    private static final long PR_SET_KEEPCAPS = 8;
    private static final int CAPABILITY_VERSION_3 = 0x2008_0522;
    private static final int CAP_DAC_OVERRIDE = 1;
    private static final int CAP_DAC_READ_SEARCH = 2;
    private static final int FILE_CAPABILITIES = 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH;

    private static final StructLayout CAPTURE_LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = CAPTURE_LAYOUT.byteOffset(PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = link();

    private ThreadCalls() {}

    /**
     * The calling thread, and those that it starts from now on, have an IPC namespace of their own.
     *
     * @throws ErrnoException EPERM
     */
    static void newIpcNamespace() {
        call("unshare", SYS_UNSHARE, CLONE_NEWIPC, 0, 0);
    }

    /**
     * The calling thread becomes somebody, for good. Where that takes privileges away, it keeps those to read any file, so that it
     * can still load classes: they mean nothing to message queues.
     *
     * @throws ErrnoException EPERM, EINVAL
     */
    static void become(Identity identity) {
        try (Arena arena = Arena.ofConfined()) {
            long dumpable = call("prctl", SYS_PRCTL, PR_GET_DUMPABLE, 0, 0);
            call("prctl", SYS_PRCTL, PR_SET_KEEPCAPS, 1, 0);
            MemorySegment groups = arena.allocateFrom(JAVA_INT, identity.groups());
            call("setgroups", SYS_SETGROUPS, identity.groups().length, groups.address(), 0);
            call("setresgid", SYS_SETRESGID, identity.gid(), identity.gid(), identity.gid());
            call("setresuid", SYS_SETRESUID, identity.uid(), identity.uid(), identity.uid());
            if (identity.uid() != 0) {
                keepFileCapabilities(arena);
            }
            // The kernel thinks of a program that gives up privileges, and hides the process.
            call("prctl", SYS_PRCTL, PR_SET_DUMPABLE, dumpable, 0);
        }
    }

    /**
     * capset(2): a header, and twice the three sets.
     * <pre>
     *   0               4               8               12              16
     *  +---------------+---------------+
     *  | version       | pid           |
     *  +---------------+---------------+---------------+
     *  | effective     | permitted     | inheritable   |  capabilities 0 .. 31, then 32 .. 63
     *  +---------------+---------------+---------------+
     * </pre>
     */
    private static void keepFileCapabilities(Arena arena) {
        MemorySegment header = arena.allocateFrom(JAVA_INT, CAPABILITY_VERSION_3, 0);
        MemorySegment sets = arena.allocateFrom(JAVA_INT, FILE_CAPABILITIES, FILE_CAPABILITIES, 0, 0, 0, 0);
        call("capset", SYS_CAPSET, header.address(), sets.address(), 0);
    }

    private static long call(String name, long number, long first, long second, long third) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment capture = arena.allocate(CAPTURE_LAYOUT);
            long result = (long) SYSCALL.invokeExact(capture, number, first, second, third);
            if (result == -1) {
                int errno = capture.get(JAVA_INT, ERRNO_OFFSET);
                throw new ErrnoException(errno, name + ": " + Errno.text(errno));
            }
            return result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(1));
    }
}
