package dev.msqd.calls;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * How C functions are called: one shape for all of them, results as the kernel gives them.
 *
 * <p>Every function is linked as {@code long f(long, long, long, long, long, long)}. Both architectures pass the first
 * six integers and pointers in registers, a callee looks only at the registers and halves it has parameters for, and
 * an {@code int} result is the low half. One shape costs one compilation of glue at start-up instead of one for each
 * signature: 6 ms instead of 75 ms for a client that links twenty functions.
 *
 * <p>A failure is returned as the negative error number, never through a second look-up that could come too late.
 */
public final class Libc {
    /** The processor: AArch64, or else x86-64. */
    public static final boolean AARCH64;

    static {
        String os = System.getProperty("os.name");
        String arch = System.getProperty("os.arch");
        AARCH64 = arch.equals("aarch64");
        if (!os.equals("Linux") || !(AARCH64 || arch.equals("amd64"))) {
            throw new UnsupportedOperationException("msqd runs on Linux x86-64 and AArch64, not on " + os + " " + arch);
        }
    }

    private static final int PARAMETERS = 6;
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(
        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    /** {@link #SHAPE} and one more, for {@code syscall} with a number and six arguments. Made only where it is used. */
    private static final FunctionDescriptor LONG_SHAPE = SHAPE.appendArgumentLayouts(JAVA_LONG);
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final StructLayout CAPTURE_LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET =
        CAPTURE_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    /**
     * Where the timespec lies in a thread's block; the JDK's captured state comes first.
     * <pre>
     *   0                      8                               24
     *  +----------------------+-------------------------------+
     *  | captured errno       | timespec                      |
     *  +----------------------+-------------------------------+
     * </pre>
     */
    static final long BLOCK_TIMESPEC_OFFSET = Math.ceilDiv(CAPTURE_LAYOUT.byteSize(), Long.BYTES) * Long.BYTES;
    private static final long BLOCK_LENGTH = BLOCK_TIMESPEC_OFFSET + Structs.TIMESPEC_LENGTH;

    private static final ThreadLocal<MemorySegment> BLOCK = ThreadLocal.withInitial(Libc::newBlock);

    private static final Charset FILE_NAMES = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private Libc() {}

    /** Links a function with a fixed number of parameters, six at most. */
    public static MethodHandle function(String name) {
        return link(name, CAPTURE_ERRNO);
    }

    /** Links a function that is declared with {@code ...} after that many parameters. */
    public static MethodHandle variadic(String name, int fixedParameters) {
        return link(name, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(fixedParameters));
    }

    /**
     * Links {@code syscall} as a call that stays in Java's own thread state: no transition, no errno. Only for system
     * calls that never block, because no safepoint passes meanwhile.
     */
    static MethodHandle criticalSyscall() {
        return link("syscall", Linker.Option.firstVariadicArg(1), Linker.Option.critical(false));
    }

    /** Links {@code syscall} for six arguments instead of five. */
    static MethodHandle longSyscall() {
        return link("syscall", LONG_SHAPE, Linker.Option.firstVariadicArg(1), CAPTURE_ERRNO);
    }

    /** {@link #criticalSyscall} for six arguments instead of five. */
    static MethodHandle criticalLongSyscall() {
        return link("syscall", LONG_SHAPE, Linker.Option.firstVariadicArg(1), Linker.Option.critical(false));
    }

    /** {@link #criticalSyscall} for a function with a fixed number of parameters. */
    static MethodHandle critical(String name) {
        return link(name, Linker.Option.critical(false));
    }

    /** Calls a function that returns an {@code int}; returns its result, or the negative error number for -1. */
    public static int callInt(MethodHandle function, long... arguments) {
        MemorySegment block = threadBlock();
        int result = (int) call(function, block, arguments);
        return result == -1 ? -errno(block) : result;
    }

    /** Calls a function that returns a {@code long} or a pointer; returns it, or the negative error number for -1. */
    public static long callLong(MethodHandle function, long... arguments) {
        MemorySegment block = threadBlock();
        long result = call(function, block, arguments);
        return result == -1 ? -errno(block) : result;
    }

    /** As {@link #callInt}, begun again as often as a signal interrupts it. */
    public static int callIntAgain(MethodHandle function, long... arguments) {
        int result;
        do {
            result = callInt(function, arguments);
        } while (result == -Errno.EINTR);
        return result;
    }

    /** As {@link #callLong}, begun again as often as a signal interrupts it. */
    static long callLongAgain(MethodHandle function, long... arguments) {
        long result;
        do {
            result = callLong(function, arguments);
        } while (result == -Errno.EINTR);
        return result;
    }

    private static long call(MethodHandle function, MemorySegment block, long... arguments) {
        if (arguments.length > PARAMETERS) {
            throw new IllegalArgumentException(arguments.length + " arguments, at most " + PARAMETERS);
        }
        try {
            return (long) function.invokeExact(block, argument(arguments, 0), argument(arguments, 1),
                argument(arguments, 2), argument(arguments, 3), argument(arguments, 4), argument(arguments, 5));
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    private static long argument(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0;
    }

    /** A linked function throws nothing by itself: what comes out of it is an error of the JVM or of this class. */
    static Error unexpected(Throwable t) {
        return t instanceof Error error ? error : new AssertionError("a native call could not be made", t);
    }

    /**
     * The calling thread's own memory for the captured errno and a timespec. A platform thread keeps its block; a
     * virtual thread, of which there may be millions, gets one for the call at hand.
     */
    static MemorySegment threadBlock() {
        return Thread.currentThread().isVirtual() ? newBlock() : BLOCK.get();
    }

    /** The error number that the last call with this block left behind. */
    static int errno(MemorySegment block) {
        return block.get(JAVA_INT, ERRNO_OFFSET);
    }

    private static MemorySegment newBlock() {
        return Arena.ofAuto().allocate(BLOCK_LENGTH, Long.BYTES);
    }

    private static MethodHandle link(String name, Linker.Option... options) {
        return link(name, SHAPE, options);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(String name, FunctionDescriptor shape, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape, options);
    }

    /** A path as the kernel wants it: its bytes, as the JDK itself would encode them, and a zero. */
    static MemorySegment cString(Arena arena, Path path) {
        byte[] bytes = bytes(path);
        MemorySegment string = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, string, JAVA_BYTE, 0, bytes.length);
        return string;
    }

    static byte[] bytes(Path path) {
        return path.toString().getBytes(FILE_NAMES);
    }

    /** Returns the result if it is one; throws what it stands for if it is a negative error number. */
    public static long check(long result, String doing) {
        if (result < 0) {
            throw failure(result, doing);
        }
        return result;
    }

    /** The exception for a negative error number: {@code "ENOENT: open /x: does not exist"}. */
    public static ErrnoException failure(long result, String doing) {
        int errno = (int) -result;
        return new ErrnoException(errno, doing + ": " + Errno.text(errno));
    }
}
