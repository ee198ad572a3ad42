package dev.msqd.calls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process itself may use, setrlimit(2): a process that has no more of it can't start prlimit(1). */
public enum ResourceLimit {
    /** Descriptors. */
    OPEN_FILES(7),
    /** Bytes. */
    ADDRESS_SPACE(9);

    public static final long UNLIMITED = -1;

    private static final MethodHandle GETRLIMIT = function("getrlimit");
    private static final MethodHandle SETRLIMIT = function("setrlimit");

    private final int resource;

    ResourceLimit(int resource) {
        this.resource = resource;
    }

    /** The soft limit; returns the one before. */
    public long set(long soft) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
            check((int) GETRLIMIT.invokeExact(resource, limits));
            long before = limits.getAtIndex(ValueLayout.JAVA_LONG, 0);
            limits.setAtIndex(ValueLayout.JAVA_LONG, 0, soft);
            check((int) SETRLIMIT.invokeExact(resource, limits));
            return before;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Bytes of address space that this process has mapped. */
    public static long addressSpaceInUse() throws IOException {
        String statm = Files.readString(Path.of("/proc/self/statm"));
        return Long.parseLong(statm.substring(0, statm.indexOf(' '))) * Mapping.pageSize();
    }

    private void check(int result) {
        if (result != 0) {
            throw new IllegalStateException("limit of " + this);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    }
}
