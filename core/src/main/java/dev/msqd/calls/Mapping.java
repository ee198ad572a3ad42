package dev.msqd.calls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A file mapped shared into memory, which no use after {@link #close()} can crash.
 *
 * <pre>
 *            mmap                    close                      last reference gone
 *   (none) ---------> file's pages ---------> zero pages of our own ---------------> unmapped
 *                          |                                                            ^
 *                          +------------ last reference gone ---------------------------+
 * </pre>
 *
 * <ol>
 * <li>The address range is this mapping's own as long as the mapping, a buffer or a segment of it is reachable.
 * <li>From the return of {@code close()} no load or store through it reaches the file.
 * <li>A close that fails leaves everything as it was; it may be tried again.
 * </ol>
 *
 * <p>Reachable means: through the {@link UnsafeBuffer}s and segments given out, and what is made from them with
 * their {@code wrap} and {@code slice}. A bare address keeps nothing alive.
 *
 * <p>Any thread may use and close it. A mapping never closed is unmapped when it is no longer reachable.
 */
public final class Mapping implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int MREMAP_MAYMOVE = 1;
    private static final int MREMAP_FIXED = 2;
    private static final int MADV_POPULATE_WRITE = 23;
    private static final int MFD_CLOEXEC = 1;
    private static final int SYS_MEMFD_CREATE = Libc.AARCH64 ? 279 : 319;

    private static final MethodHandle MMAP = Libc.function("mmap");
    private static final MethodHandle MUNMAP = Libc.function("munmap");
    private static final MethodHandle MREMAP = Libc.variadic("mremap", 4);
    private static final MethodHandle MADVISE = Libc.function("madvise");
    private static final MethodHandle SYSCALL = Libc.variadic("syscall", 1);

    private static final int PAGE_SIZE = Libc.callInt(Libc.function("getpagesize"));

    private final MemorySegment segment;
    private final int protection;
    private final String what;
    private volatile boolean closed;

    private Mapping(MemorySegment segment, int protection, String what) {
        this.segment = segment;
        this.protection = protection;
        this.what = what;
    }

    /**
     * Maps part of a file for reading and writing.
     *
     * @param fd open for reading and writing; may be closed afterwards.
     * @param fileOffset a multiple of {@link #pageSize()}.
     * @param length from 1; may reach far beyond the file's end: pages become usable as the file grows. Touching one
     *     before makes the JVM throw InternalError, at once or later.
     * @param what the mapping's name in error messages.
     * @throws ErrnoException EACCES, EINVAL, ENODEV, ENOMEM, EBADF of mmap(2).
     */
    public static Mapping shared(int fd, long fileOffset, long length, String what) {
        return map(fd, fileOffset, length, PROT_READ | PROT_WRITE, what);
    }

    /**
     * As {@link #shared}, for reading. Storing through a buffer of it ends the JVM: {@link UnsafeBuffer} does not know
     * that the memory is read-only.
     */
    public static Mapping sharedReadOnly(int fd, long fileOffset, long length, String what) {
        return map(fd, fileOffset, length, PROT_READ, what);
    }

    /** The unit of file offsets here, in bytes: 4 KiB on x86-64, up to 64 KiB on AArch64. */
    public static int pageSize() {
        return PAGE_SIZE;
    }

    private static Mapping map(int fd, long fileOffset, long length, int protection, String what) {
        if (fileOffset < 0 || fileOffset % PAGE_SIZE != 0 || length < 1) {
            throw new ErrnoException(Errno.EINVAL, "map " + what + ": " + length + " bytes at " + fileOffset
                + "; at least 1 byte, at a multiple of the page size " + PAGE_SIZE);
        }
        long address = Libc.check(Libc.callLong(MMAP, 0, length, protection, MAP_SHARED, fd, fileOffset),
            "map " + what + ", " + length + " bytes at " + fileOffset);
        MemorySegment segment = unmappedWhenUnreachable(address, length);
        return new Mapping((protection & PROT_WRITE) != 0 ? segment : segment.asReadOnly(), protection, what);
    }

    /**
     * The arena is collected when no segment in it is reachable; a byte buffer refers to its segment, and an
     * UnsafeBuffer to its byte buffer.
     */
    @SuppressWarnings("restricted")
    private static MemorySegment unmappedWhenUnreachable(long address, long length) {
        return MemorySegment.ofAddress(address)
            .reinterpret(length, Arena.ofAuto(), gone -> Libc.callInt(MUNMAP, address, length));
    }

    /** Where the mapping begins in this process. Whoever uses the number keeps the mapping reachable meanwhile. */
    public long address() {
        return segment.address();
    }

    /** In bytes, as asked for. */
    public long length() {
        return segment.byteSize();
    }

    /**
     * A new buffer over part of the mapping.
     *
     * @throws IllegalStateException after {@link #close()}.
     * @throws IndexOutOfBoundsException if the range is not within the mapping.
     */
    public UnsafeBuffer buffer(long offset, int length) {
        checkRange(offset, length);
        return new UnsafeBuffer(segment().asSlice(offset, length).asByteBuffer());
    }

    /**
     * Words of part of the mapping, whose offsets nobody checks.
     *
     * @throws IllegalStateException after {@link #close()}.
     * @throws IndexOutOfBoundsException if the range is not within the mapping.
     */
    public Words words(long offset, long length) {
        checkRange(offset, length);
        return new Words(segment().asSlice(offset, length));
    }

    /**
     * The whole mapping.
     *
     * @throws IllegalStateException after {@link #close()}.
     */
    public MemorySegment segment() {
        if (closed) {
            throw new IllegalStateException(what + " is closed");
        }
        return segment;
    }

    /**
     * Touches the pages of a range for writing, so that later stores don't fault one by one (madvise(2),
     * MADV_POPULATE_WRITE, Linux 5.14). The bytes don't change. Best effort: nothing is thrown for pages that can't be
     * had. Don't use it on ranges without reserved blocks: it reserves them.
     *
     * @return whether all pages are there.
     * @throws IndexOutOfBoundsException if the range is not within the mapping.
     */
    public boolean populateWrite(long offset, long length) {
        checkRange(offset, length);
        long begin = address() + offset;
        long firstPage = begin - begin % PAGE_SIZE;
        try {
            return Libc.callIntAgain(MADVISE, firstPage, begin + length - firstPage, MADV_POPULATE_WRITE) == 0;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > length() - length) {
            throw new IndexOutOfBoundsException(
                what + ": " + length + " bytes at " + offset + " of a mapping of " + length() + " bytes");
        }
    }

    /**
     * Cuts the memory off from the file, at once and for every thread; whoever still loads or stores meets private
     * zero pages. The second call does nothing. Who sleeps in {@link Futex#await} on a word of the file sleeps on,
     * and can no longer be woken through this mapping.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM: neither address space nor a file for the pages that take its place; nothing has changed.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            if (!moveZeroPagesHere()) {
                mapEmptyFileHere();
            }
            closed = true;
        }
    }

    /**
     * Private pages, made elsewhere and moved here in one step. Mapping them over the range directly may, on older kernels set to count
     * every private page (vm.overcommit_memory 2), fail after the range is gone.
     */
    private boolean moveZeroPagesHere() {
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        long zeros = Libc.callLong(MMAP, 0, length(), protection, flags, -1, 0);
        if (zeros < 0) {
            return false;
        }
        if (Libc.callLong(MREMAP, zeros, length(), length(), MREMAP_MAYMOVE | MREMAP_FIXED, address()) < 0) {
            Libc.callInt(MUNMAP, zeros, length());
            return false;
        }
        return true;
    }

    /** Pages of an empty file in memory: they count against no limit before they are touched, and need no address space beside ours. */
    private void mapEmptyFileHere() {
        try (Arena arena = Arena.ofConfined()) {
            long name = arena.allocateFrom("msqd-closed").address();
            long fd = Libc.check(Libc.callLong(SYSCALL, SYS_MEMFD_CREATE, name, MFD_CLOEXEC), "close " + what);
            try {
                LinuxFile.truncate((int) fd, length());
                Libc.check(Libc.callLong(MMAP, address(), length(), protection, MAP_SHARED | MAP_FIXED, fd, 0),
                    "close " + what + ", " + length() + " bytes");
            } finally {
                LinuxFile.close((int) fd);
            }
        }
    }
}
