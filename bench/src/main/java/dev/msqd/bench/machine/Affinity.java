package dev.msqd.bench.machine;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Which processor a thread runs on: sched_setaffinity(2). */
public final class Affinity {
    private static final int SET_LENGTH = 1024 / Byte.SIZE;
    private static final MethodHandle SCHED_SETAFFINITY = link();

    private Affinity() {}

    /** Keeps the calling thread, a platform thread, on a processor. Where that may not be used, the thread runs where it did. */
    public static boolean pin(int processor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SET_LENGTH, Long.BYTES);
            set.set(ValueLayout.JAVA_BYTE, processor / Byte.SIZE, (byte) (1 << processor % Byte.SIZE));
            return (int) SCHED_SETAFFINITY.invokeExact(0, (long) SET_LENGTH, set.address()) == 0;
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow("sched_setaffinity"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    }
}
