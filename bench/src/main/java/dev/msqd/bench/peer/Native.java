package dev.msqd.bench.peer;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** C functions that only the benchmarks call: each takes up to four integers or pointers and returns one, and errno is kept. */
final class Native {
    private static final FunctionDescriptor SHAPE =
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");

    private Native() {}

    /** Links a function that is declared with so many fixed parameters and no others. To be kept in a constant. */
    static MethodHandle function(String name) {
        return link(name, CAPTURE_ERRNO);
    }

    /** Links a function that is declared with {@code ...} after so many parameters. */
    static MethodHandle variadic(String name, int fixedParameters) {
        return link(name, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(fixedParameters));
    }

    /** What a call stores errno in: the first argument of a linked function. One thread. */
    static MemorySegment newCapture() {
        return Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    }

    /** Calls what returns an int, where it matters little how long it takes; throws what -1 stands for. */
    static int call(MethodHandle function, String doing, long... arguments) {
        MemorySegment capture = newCapture();
        try {
            int result = (int) (long) function.invokeExact(
                capture, at(arguments, 0), at(arguments, 1), at(arguments, 2), at(arguments, 3));
            if (result == -1) {
                throw failure(capture, doing);
            }
            return result;
        } catch (Throwable t) {
            throw rethrown(t);
        }
    }

    static int errno(MemorySegment capture) {
        return capture.get(JAVA_INT, 0);
    }

    static ErrnoException failure(MemorySegment capture, String doing) {
        int errno = errno(capture);
        return new ErrnoException(errno, doing + ": " + Errno.text(errno));
    }

    /** A linked function throws nothing checked. */
    static RuntimeException rethrown(Throwable t) {
        if (t instanceof Error error) {
            throw error;
        }
        return t instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(t);
    }

    private static long at(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(String name, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), SHAPE, options);
    }
}
