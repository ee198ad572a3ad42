package dev.msqd.calls;

/**
 * The error numbers msqd meets or reports, with the kernel's values for x86-64 and AArch64 (asm-generic/errno.h).
 */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int E2BIG = 7;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ELOOP = 40;
    public static final int ENOMSG = 42;
    public static final int EIDRM = 43;
    public static final int ENODATA = 61;
    public static final int EPROTO = 71;
    public static final int EOVERFLOW = 75;
    public static final int ENOTSOCK = 88;
    public static final int EMSGSIZE = 90;
    public static final int EPROTOTYPE = 91;
    public static final int ENOPROTOOPT = 92;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ENOBUFS = 105;
    public static final int ENOTCONN = 107;
    public static final int ETOOMANYREFS = 109;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int ESTALE = 116;
    public static final int EDQUOT = 122;
    public static final int ECANCELED = 125;

    private static final int HIGHEST = ECANCELED;
    private static final String[] NAMES = new String[HIGHEST + 1];
    private static final String[] TEXTS = new String[HIGHEST + 1];

    static {
        describe(EPERM, "EPERM", "not permitted");
        describe(ENOENT, "ENOENT", "does not exist");
        describe(ESRCH, "ESRCH", "no such process");
        describe(EINTR, "EINTR", "interrupted");
        describe(EIO, "EIO", "input/output error");
        describe(ENXIO, "ENXIO", "no such device or address");
        describe(E2BIG, "E2BIG", "too big for the space given");
        describe(EBADF, "EBADF", "descriptor not open, or not open for this");
        describe(EAGAIN, "EAGAIN", "would have to wait");
        describe(ENOMEM, "ENOMEM", "out of memory or address space");
        describe(EACCES, "EACCES", "permission denied");
        describe(EFAULT, "EFAULT", "bad address");
        describe(EBUSY, "EBUSY", "in use");
        describe(EEXIST, "EEXIST", "exists already");
        describe(ENODEV, "ENODEV", "not supported by the device");
        describe(ENOTDIR, "ENOTDIR", "not a directory");
        describe(EISDIR, "EISDIR", "is a directory");
        describe(EINVAL, "EINVAL", "invalid argument");
        describe(ENFILE, "ENFILE", "the system's file table is full");
        describe(EMFILE, "EMFILE", "the process has too many open files");
        describe(EFBIG, "EFBIG", "file too large");
        describe(ENOSPC, "ENOSPC", "no space left");
        describe(EROFS, "EROFS", "read-only file system");
        describe(EPIPE, "EPIPE", "the other side has closed");
        describe(ERANGE, "ERANGE", "result out of range");
        describe(ENAMETOOLONG, "ENAMETOOLONG", "name too long");
        describe(ENOSYS, "ENOSYS", "call not available in this kernel");
        describe(ELOOP, "ELOOP", "too many symbolic links");
        describe(ENOMSG, "ENOMSG", "no message of the wanted type");
        describe(EIDRM, "EIDRM", "removed");
        describe(ENODATA, "ENODATA", "no data");
        describe(EPROTO, "EPROTO", "protocol error");
        describe(EOVERFLOW, "EOVERFLOW", "value too large");
        describe(ENOTSOCK, "ENOTSOCK", "not a socket");
        describe(EMSGSIZE, "EMSGSIZE", "packet too long");
        describe(EPROTOTYPE, "EPROTOTYPE", "a socket of another kind");
        describe(ENOPROTOOPT, "ENOPROTOOPT", "socket option not available");
        describe(EOPNOTSUPP, "EOPNOTSUPP", "not supported here");
        describe(EADDRINUSE, "EADDRINUSE", "address in use");
        describe(ECONNABORTED, "ECONNABORTED", "connection aborted");
        describe(ECONNRESET, "ECONNRESET", "connection reset by the other side");
        describe(ENOBUFS, "ENOBUFS", "no buffer space");
        describe(ENOTCONN, "ENOTCONN", "not connected");
        describe(ETOOMANYREFS, "ETOOMANYREFS", "too many descriptors under way");
        describe(ETIMEDOUT, "ETIMEDOUT", "timed out");
        describe(ECONNREFUSED, "ECONNREFUSED", "nobody listens");
        describe(ESTALE, "ESTALE", "stale file handle");
        describe(EDQUOT, "EDQUOT", "disk quota exceeded");
        describe(ECANCELED, "ECANCELED", "cancelled");
    }

    private Errno() {}

    /** The symbol, such as {@code "EACCES"}; {@code "errno 999"} for a number not listed here. */
    public static String name(int errno) {
        String name = known(errno) ? NAMES[errno] : null;
        return name != null ? name : "errno " + errno;
    }

    /** A few words for people, such as {@code "permission denied"}. */
    public static String text(int errno) {
        String text = known(errno) ? TEXTS[errno] : null;
        return text != null ? text : "error without a known text";
    }

    private static boolean known(int errno) {
        return errno >= 0 && errno <= HIGHEST;
    }

    private static void describe(int errno, String name, String text) {
        NAMES[errno] = name;
        TEXTS[errno] = text;
    }
}
