package dev.msqd.calls;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Files by descriptor: the calls that the JDK's channels don't offer. Every method throws {@link ErrnoException}
 * naming the file and the range in question. A call interrupted by a signal is begun again. Any thread may call.
 */
public final class LinuxFile {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_CLOEXEC = 0x8_0000;
    public static final int O_PATH = 0x20_0000;
    public static final int O_DIRECTORY = Libc.AARCH64 ? 0x4000 : 0x1_0000;
    public static final int O_NOFOLLOW = Libc.AARCH64 ? 0x8000 : 0x2_0000;

    private static final int SEEK_END = 2;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int F_DUPFD_CLOEXEC = 1030;

    private static final MethodHandle OPEN = Libc.variadic("open", 2);
    private static final MethodHandle FCNTL = Libc.variadic("fcntl", 2);
    private static final MethodHandle CLOSE = Libc.function("close");
    private static final MethodHandle FALLOCATE = Libc.function("fallocate");
    private static final MethodHandle FTRUNCATE = Libc.function("ftruncate");
    private static final MethodHandle LSEEK = Libc.function("lseek");
    private static final MethodHandle FSYNC = Libc.function("fsync");
    private static final MethodHandle FDATASYNC = Libc.function("fdatasync");
    private static final MethodHandle PREAD = Libc.function("pread");
    private static final MethodHandle PWRITE = Libc.function("pwrite");

    private LinuxFile() {}

    /**
     * open(2). The descriptor is always closed on exec.
     *
     * @param flags of the {@code O_} constants.
     * @param mode permission bits of a file that this call creates, less the umask.
     */
    public static int open(Path path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = Libc.cString(arena, path);
            int fd = Libc.callIntAgain(OPEN, name.address(), flags | O_CLOEXEC, mode);
            return (int) Libc.check(fd, "open " + path);
        }
    }

    /** Do two descriptors lead to the same file, whatever it is called by now? */
    public static boolean isSame(int fd, int otherFd) {
        return identity(fd).equals(identity(otherFd));
    }

    private static String identity(int fd) {
        try {
            Map<String, Object> attributes = Files.readAttributes(Path.of("/proc/self/fd/" + fd), "unix:dev,ino");
            return attributes.get("dev") + ":" + attributes.get("ino");
        } catch (IOException e) {
            throw new ErrnoException(Errno.EBADF, "fd " + fd + " cannot be looked at: " + e, e);
        }
    }

    /** close(2): the descriptor is gone afterwards, whatever is thrown. */
    public static void close(int fd) {
        int result = Libc.callInt(CLOSE, fd);
        if (result < 0 && result != -Errno.EINTR) { // Linux frees the number before it can be interrupted
            throw Libc.failure(result, "close fd " + fd);
        }
    }

    /**
     * Reserves blocks for a range and lets the file grow to its end, so that no later store into it can run out of
     * space. What the file holds stays; new bytes are zero. A range that did not fit may be reserved in part.
     *
     * <p>A file system that cannot reserve gives EOPNOTSUPP. Writing zeros in its stead is not done: another process
     * may be storing into the same range, and its bytes would be lost.
     *
     * @throws ErrnoException ENOSPC or EDQUOT: no room; EFBIG, EOPNOTSUPP; EINVAL for an empty or negative range.
     */
    public static void fallocate(int fd, long offset, long length) {
        int result = Libc.callIntAgain(FALLOCATE, fd, 0, offset, length);
        if (result == -Errno.EOPNOTSUPP) {
            throw new ErrnoException(Errno.EOPNOTSUPP, range("fallocate", fd, offset, length)
                + ": this file system cannot reserve space; use tmpfs, ext4, xfs or btrfs");
        }
        if (result < 0) {
            throw Libc.failure(result, range("fallocate", fd, offset, length));
        }
    }

    /** Gives the blocks of a range back to the file system; its bytes read as zero, the size stays. */
    public static void punchHole(int fd, long offset, long length) {
        int result = Libc.callIntAgain(FALLOCATE, fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, length);
        if (result < 0) {
            throw Libc.failure(result, range("punch a hole into", fd, offset, length));
        }
    }

    /** ftruncate(2): sets the size in bytes; growth leaves a hole, that is: reserves nothing. */
    public static void truncate(int fd, long length) {
        int result = Libc.callIntAgain(FTRUNCATE, fd, length);
        if (result < 0) {
            throw Libc.failure(result, "truncate " + describe(fd) + " to " + length + " bytes");
        }
    }

    /** The size in bytes. Moves the descriptor's file offset, which nothing in msqd uses. */
    public static long size(int fd) {
        long result = Libc.callLong(LSEEK, fd, 0, SEEK_END);
        if (result < 0) {
            throw Libc.failure(result, "size of " + describe(fd));
        }
        return result;
    }

    /**
     * pwrite(2), again and again until all the buffer's remaining bytes are written. Its position moves with what
     * was, also when this fails. Unlike a channel, the descriptor survives {@link Thread#interrupt()}.
     *
     * @param from a direct buffer.
     * @param offset in the file; bytes between its end and here read as zero.
     * @throws ErrnoException ENOSPC, EDQUOT, EFBIG, EIO...
     */
    public static void write(int fd, ByteBuffer from, long offset) {
        while (from.hasRemaining()) {
            long count = transfer(PWRITE, fd, from, offset);
            if (count <= 0) { // a write of nothing would go on for ever
                throw Libc.failure(count == 0 ? -Errno.EIO : count, range("write to", fd, offset, from.remaining()));
            }
            offset += count;
        }
    }

    /**
     * pread(2), again and again until the buffer is full or the file ends. The buffer's position moves with what was
     * read, also when this fails.
     *
     * @param into a direct buffer.
     * @return how many bytes were read.
     * @throws ErrnoException EIO...
     */
    public static int read(int fd, ByteBuffer into, long offset) {
        int first = into.position();
        while (into.hasRemaining()) {
            long count = transfer(PREAD, fd, into, offset);
            if (count < 0) {
                throw Libc.failure(count, range("read from", fd, offset, into.remaining()));
            }
            if (count == 0) {
                break;
            }
            offset += count;
        }
        return into.position() - first;
    }

    /** One call with all that remains of a buffer; moves its position. */
    private static long transfer(MethodHandle function, int fd, ByteBuffer buffer, long offset) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("the kernel needs a direct buffer");
        }
        try {
            long address = MemorySegment.ofBuffer(buffer).address(); // where the remaining bytes begin
            long count = Libc.callLongAgain(function, fd, address, buffer.remaining(), offset);
            if (count > 0) {
                buffer.position(buffer.position() + (int) count);
            }
            return count;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /**
     * fsync(2). After a failure the kernel may hold pages for clean that never reached the disk: a second call that
     * succeeds proves nothing about them.
     */
    public static void fsync(int fd) {
        sync(FSYNC, "fsync", fd);
    }

    /** fdatasync(2): as {@link #fsync}, without the times of the file. */
    public static void fdatasync(int fd) {
        sync(FDATASYNC, "fdatasync", fd);
    }

    private static void sync(MethodHandle function, String name, int fd) {
        int result = Libc.callIntAgain(function, fd);
        if (result < 0) {
            throw Libc.failure(result, name + " " + describe(fd));
        }
    }

    /** A second descriptor of the same open file, closed on exec. */
    public static int dup(int fd) {
        int result = Libc.callInt(FCNTL, fd, F_DUPFD_CLOEXEC, 0);
        if (result < 0) {
            throw Libc.failure(result, "duplicate " + describe(fd));
        }
        return result;
    }

    private static String range(String doing, int fd, long offset, long length) {
        return doing + " " + describe(fd) + ", " + length + " bytes at " + offset;
    }

    /** The descriptor and, if the kernel tells, its path: {@code "fd 7 (/dev/shm/msqd/3/state)"}. */
    static String describe(int fd) {
        try {
            return "fd " + fd + " (" + Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)) + ")";
        } catch (IOException | RuntimeException e) {
            return "fd " + fd;
        }
    }
}
