package dev.msqd.calls;

/**
 * A failure that has an error number: what a C program would find in {@code errno}. The message starts with the
 * number's name: {@code "EACCES: msgget key 0x2a: no read permission"}.
 */
public class ErrnoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param errno one of {@link Errno}.
     * @param message what was tried and why it failed, without the number's name.
     */
    public ErrnoException(int errno, String message) {
        this(errno, message, null);
    }

    /**
     * @param errno one of {@link Errno}.
     * @param message what was tried and why it failed, without the number's name.
     * @param cause what led to it, or null.
     */
    public ErrnoException(int errno, String message, Throwable cause) {
        super(Errno.name(errno) + ": " + message, cause);
        this.errno = errno;
    }

    /** One of {@link Errno}, or another positive number that the kernel gave. */
    public int errno() {
        return errno;
    }

    /** The number's symbol, such as {@code "EACCES"}. */
    public String errnoName() {
        return Errno.name(errno);
    }
}
