package dev.msqd.daemon.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Names of users and groups, by the C library's own look-ups, so that directory services count as they do for ls and
 * ipcs. For one thread: the library answers in memory that its next call overwrites.
 */
final class Accounts {
    /**
     * How struct passwd and struct group both begin:
     * <pre>
     *   0               8               16
     *  +---------------+---------------+-----------+
     *  | char *name    | char *password| id        |
     *  +---------------+---------------+-----------+
     * </pre>
     */
    private static final long NAME_OFFSET = 0;
    private static final long ID_OFFSET = NAME_OFFSET + 2 * ADDRESS.byteSize();
    private static final long ENTRY_LENGTH = ID_OFFSET + JAVA_INT.byteSize();

    /** One shape fits all four functions: an int parameter is the lower half of its register. */
    private static final FunctionDescriptor LOOKUP = FunctionDescriptor.of(ADDRESS, JAVA_LONG);

    private final Map<Integer, String> users = new HashMap<>();
    private final Map<Integer, String> groups = new HashMap<>();

    /** The user's name, or the number if it has none. */
    String user(int uid) {
        return users.computeIfAbsent(uid, id -> name("getpwuid", id));
    }

    /** The group's name, or the number if it has none. */
    String group(int gid) {
        return groups.computeIfAbsent(gid, id -> name("getgrgid", id));
    }

    /** The number behind a user's name, or behind a number as text; empty if there is no such user. */
    OptionalInt uid(String user) {
        return id("getpwnam", user);
    }

    /** The number behind a group's name, or behind a number as text; empty if there is no such group. */
    OptionalInt gid(String group) {
        return id("getgrnam", group);
    }

    private static String name(String function, int id) {
        MemorySegment entry = lookup(function, id);
        return entry.address() == 0 ? Integer.toUnsignedString(id) : text(entry.get(ADDRESS, NAME_OFFSET));
    }

    private static OptionalInt id(String function, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = lookup(function, arena.allocateFrom(name).address());
            return entry.address() == 0
                ? OptionalInt.of(Integer.parseUnsignedInt(name))
                : OptionalInt.of(entry.get(JAVA_INT, ID_OFFSET));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment lookup(String function, long argument) {
        Linker linker = Linker.nativeLinker();
        MethodHandle handle = linker.downcallHandle(linker.defaultLookup().findOrThrow(function), LOOKUP);
        try {
            return ((MemorySegment) handle.invokeExact(argument)).reinterpret(ENTRY_LENGTH);
        } catch (Throwable e) {
            throw new IllegalStateException(function + " cannot be called", e);
        }
    }

    @SuppressWarnings("restricted")
    private static String text(MemorySegment address) {
        return address.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
