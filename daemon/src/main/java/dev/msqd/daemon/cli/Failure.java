package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;

/** Ends a command with one line on stderr and an exit status. */
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status  one of {@link ExitStatus}
     * @param message the line, without the program's name; empty to end silently
     */
    Failure(int status, String message) {
        this(status, message, null);
    }

    /**
     * @param status  one of {@link ExitStatus}
     * @param message the line, without the program's name; empty to end silently
     * @param cause   what led to it, for MSQD_DEBUG; or null
     */
    Failure(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** A refused call: silent when it was only interrupted. */
    static Failure of(ErrnoException e) {
        return switch (e.errno()) {
            case Errno.EINTR -> new Failure(ExitStatus.INTERRUPTED, "", e);
            case Errno.ECONNREFUSED -> new Failure(ExitStatus.NO_DAEMON, e.getMessage(), e);
            default -> new Failure(ExitStatus.REFUSED, e.getMessage(), e);
        };
    }

    int status() {
        return status;
    }
}
