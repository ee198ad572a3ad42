package dev.msqd.client.control;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.queue.SystemLimits;

/**
 * What the daemon hands to a client that greets it: the pages of all queues together, and the client's trace ring. A client keeps what the
 * first greeting brought.
 */
final class Handover implements AutoCloseable {
    private static final int LIMITS = 0;
    private static final int MESSAGES = 1;
    private static final int TRACE_RING = 2;
    private static final int NO_FD = -1;

    private SystemLimits system;
    private int traceFd = NO_FD;
    private volatile boolean hotDirectoryLost;

    /** Room for the descriptors of a greeting. */
    static int[] room() {
        return new int[] {NO_FD, NO_FD, NO_FD};
    }

    /**
     * Takes a greeting's descriptors, which are this object's from now on. Those of later greetings are of the same files, unless the hot
     * directory was lost in between.
     */
    void adopt(int[] fds) {
        if (fds[TRACE_RING] == NO_FD) {
            closeAll(fds);
            throw new ErrnoException(Errno.EPROTO, "the reply to HELLO brought no descriptors");
        }
        if (system == null) {
            try {
                system = SystemLimits.adopt(fds[LIMITS], fds[MESSAGES]);
            } catch (RuntimeException e) {
                LinuxFile.close(fds[TRACE_RING]);
                throw e;
            }
            traceFd = fds[TRACE_RING];
        } else {
            hotDirectoryLost |= !system.isSame(fds[LIMITS], fds[MESSAGES]);
            closeAll(fds);
        }
    }

    SystemLimits system() {
        return system;
    }

    int traceFd() {
        return traceFd;
    }

    boolean hotDirectoryLost() {
        return hotDirectoryLost;
    }

    @Override
    public void close() {
        if (system != null) {
            system.close();
        }
        if (traceFd != NO_FD) {
            LinuxFile.close(traceFd);
            traceFd = NO_FD;
        }
    }

    private static void closeAll(int[] fds) {
        for (int fd : fds) {
            if (fd != NO_FD) {
                LinuxFile.close(fd);
            }
        }
    }
}
