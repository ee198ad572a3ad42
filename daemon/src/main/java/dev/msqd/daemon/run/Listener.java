package dev.msqd.daemon.run;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Libc;
import dev.msqd.calls.LinuxFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Where notified calls arrive and are answered (seccomp_unotify(2)). Any thread. */
final class Listener {
    /** The error that the kernel turns into EINTR where a signal was caught, and into another try where not. */
    static final int ERESTARTNOHAND = 514;

    private static final long IOCTL_RECV = 0xC050_2100L;
    private static final long IOCTL_SEND = 0xC018_2101L;
    private static final long IOCTL_ID_VALID = 0x4008_2102L;
    private static final long IOCTL_ADDFD = 0x4018_2103L;
    private static final long IOCTL_SET_FLAGS = 0x4008_2104L;
    private static final long SYNC_WAKE_UP = 1;
    private static final int RESPONSE_CONTINUE = 1;
    private static final int ADDFD_SEND = 2;

    private static final int POLLFD_LENGTH = 8;
    private static final int POLLFD_EVENTS_OFFSET = 4;
    private static final int POLLFD_REVENTS_OFFSET = 6;
    private static final short POLLHUP = 0x10;

    private static final MethodHandle IOCTL = Libc.variadic("ioctl", 2);
    private static final MethodHandle POLL = Libc.function("poll");

    private final int fd;
    private final boolean wakesHere;

    Listener(int fd) {
        this.fd = fd;
        this.wakesHere = Libc.callInt(IOCTL, fd, IOCTL_SET_FLAGS, SYNC_WAKE_UP) == 0;
    }

    /** Whether who is called wakes on the caller's processor (since Linux 6.6). Else a call may wait for an idle one to wake up. */
    boolean wakesHere() {
        return wakesHere;
    }

    /** The next call; false when there is nobody left who could make one. */
    boolean receive(Notification notification) {
        while (true) {
            int result = Libc.callInt(IOCTL, fd, IOCTL_RECV, notification.cleared().address());
            if (result >= 0) {
                return true;
            }
            if (result == -Errno.ENOENT) {
                // The caller was killed, or a signal ended its call, before it came here; or nobody is left.
                if (hungUp(0)) {
                    return false;
                }
            } else if (result == -Errno.ENOTCONN || result == -Errno.EBADF) {
                return false;
            } else if (result != -Errno.EINTR) {
                throw Libc.failure(result, "receive a system call's notification");
            }
        }
    }

    /** The call returns this, a negative error number for a failure. False: the caller is gone. */
    boolean reply(Notification notification, long result) {
        boolean failed = result < 0;
        return send(notification.response(failed ? 0 : result, failed ? (int) result : 0, 0));
    }

    /** The kernel goes on with the call as if nobody had looked. */
    void proceed(Notification notification) {
        send(notification.response(0, 0, RESPONSE_CONTINUE));
    }

    /** The call returns a descriptor of the caller's, for the same open file as ours. False: the caller is gone, or has too many. */
    boolean replyDescriptor(Notification notification, int descriptor, boolean closeOnExec) {
        return Libc.callInt(IOCTL, fd, IOCTL_ADDFD, notification.descriptor(descriptor, ADDFD_SEND,
            closeOnExec ? LinuxFile.O_CLOEXEC : 0).address()) >= 0;
    }

    /** Whether the caller still waits: then what was read of it by its thread id was its own. */
    boolean isValid(Notification notification) {
        return Libc.callInt(IOCTL, fd, IOCTL_ID_VALID, notification.idSegment().address()) == 0;
    }

    /** @throws ErrnoException ESRCH: the caller is gone */
    void checkValid(Notification notification) {
        if (!isValid(notification)) {
            throw new ErrnoException(Errno.ESRCH, "thread " + notification.tid() + " is gone");
        }
    }

    /** Waits until nobody is left who could make a call. */
    void awaitHangUp() {
        while (!hungUp(-1)) {
            // a signal
        }
    }

    private boolean hungUp(int timeoutMs) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(POLLFD_LENGTH, Integer.BYTES);
            poll.set(JAVA_INT, 0, fd);
            poll.set(JAVA_SHORT, POLLFD_EVENTS_OFFSET, (short) 0);
            Libc.callInt(POLL, poll.address(), 1, timeoutMs);
            return (poll.get(JAVA_SHORT, POLLFD_REVENTS_OFFSET) & POLLHUP) != 0;
        }
    }

    private boolean send(MemorySegment response) {
        return Libc.callInt(IOCTL, fd, IOCTL_SEND, response.address()) == 0;
    }
}
