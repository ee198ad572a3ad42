package dev.msqd.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * epoll(7), level-triggered: a descriptor that stays ready is reported at every {@link #poll}.
 *
 * <p>One thread owns a poller; only {@link #wakeup()} is for any thread, virtual ones too. Remove a descriptor before
 * closing it: its number may come back as another file's.
 */
public final class Poller implements AutoCloseable {
    /** What a descriptor is ready for, or what has become of it; several may come together. */
    public interface Handler {
        /**
         * Called on the owner's thread. May add and remove descriptors, this one and others; must not poll.
         *
         * @param events of {@link #IN}, {@link #OUT}, {@link #ERR}, {@link #HUP}, {@link #RDHUP}.
         */
        void onReady(int fd, int events);
    }

    /** Something can be read, or accepted. */
    public static final int IN = 1;
    /** Something can be written. */
    public static final int OUT = 4;
    /** An error; reported without being asked for. */
    public static final int ERR = 8;
    /** The other side has closed altogether; reported without being asked for. */
    public static final int HUP = 16;
    /** The other side will send no more. */
    public static final int RDHUP = 0x2000;

    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int BATCH = 64;
    private static final int REMOVED = -1;

    private static final MethodHandle EPOLL_CREATE1 = Libc.function("epoll_create1");
    private static final MethodHandle EPOLL_CTL = Libc.function("epoll_ctl");
    private static final MethodHandle EPOLL_WAIT = Libc.function("epoll_wait");
    private static final MethodHandle EVENTFD = Libc.function("eventfd");
    private static final MethodHandle READ = Libc.function("read");
    private static final MethodHandle WRITE = Libc.function("write");

    private final Arena arena = Arena.ofAuto();

    // For any thread, under this object's lock.
    private final int wakeupFd;
    private final MemorySegment one = arena.allocate(JAVA_LONG);
    private boolean closed;

    // For the owner alone.
    private final int epollFd;
    private final MemorySegment control = arena.allocate(Structs.EPOLL_EVENT_LENGTH, Long.BYTES);
    private final MemorySegment count = arena.allocate(JAVA_LONG);
    private final MemorySegment batch = arena.allocate((long) BATCH * Structs.EPOLL_EVENT_LENGTH, Long.BYTES);
    private int batchIndex;
    private int batchLength;

    /** @throws ErrnoException EMFILE, ENFILE, ENOMEM. */
    public Poller() {
        one.set(JAVA_LONG, 0, 1);
        epollFd = (int) Libc.check(Libc.callInt(EPOLL_CREATE1, LinuxFile.O_CLOEXEC), "create an epoll instance");
        int eventFd = Libc.callInt(EVENTFD, 0, LinuxFile.O_CLOEXEC | EFD_NONBLOCK);
        if (eventFd < 0) {
            LinuxFile.close(epollFd);
            throw Libc.failure(eventFd, "create an eventfd");
        }
        wakeupFd = eventFd;
        add(wakeupFd, IN);
    }

    /**
     * @param events of {@link #IN}, {@link #OUT}, {@link #RDHUP}.
     * @throws ErrnoException EEXIST: it is there already; EPERM: an ordinary file, which is always ready; EBADF.
     */
    public void add(int fd, int events) {
        control(EPOLL_CTL_ADD, fd, events, "add");
    }

    /**
     * Changes what a descriptor is watched for.
     *
     * @throws ErrnoException ENOENT: it is not there.
     */
    public void modify(int fd, int events) {
        control(EPOLL_CTL_MOD, fd, events, "modify");
    }

    /**
     * No event of the descriptor is reported from now on, not even one already taken from the kernel.
     *
     * @throws ErrnoException ENOENT: it is not there; EBADF.
     */
    public void remove(int fd) {
        for (int i = batchIndex + 1; i < batchLength; i++) {
            if (batchFd(i) == fd) {
                batch.set(JAVA_INT, batchOffset(i) + Structs.EPOLL_EVENT_DATA_OFFSET, REMOVED);
            }
        }
        control(EPOLL_CTL_DEL, fd, 0, "remove");
    }

    private void control(int operation, int fd, int events, String doing) {
        checkOpen();
        control.set(JAVA_INT, Structs.EPOLL_EVENT_EVENTS_OFFSET, events);
        control.set(JAVA_INT, Structs.EPOLL_EVENT_DATA_OFFSET, fd);
        int result = Libc.callInt(EPOLL_CTL, epollFd, operation, fd, control.address());
        if (result < 0) {
            throw Libc.failure(result, "epoll: " + doing + " " + LinuxFile.describe(fd));
        }
    }

    /**
     * Waits for events and hands them over, 64 at most; may return early without any. An exception of the handler
     * comes out of here; what was not handed over yet comes again.
     *
     * @param timeoutMs 0 looks once, a negative number waits for ever.
     * @return how often the handler was called.
     * @throws ErrnoException EBADF: the poller is closed.
     */
    public int poll(long timeoutMs, Handler handler) {
        checkOpen();
        int ready = Libc.callInt(EPOLL_WAIT, epollFd, batch.address(), BATCH, Poll.clampTimeoutMs(timeoutMs));
        if (ready == -Errno.EINTR) {
            return 0;
        }
        batchLength = (int) Libc.check(ready, "epoll: wait");
        int handled = 0;
        try {
            for (batchIndex = 0; batchIndex < batchLength; batchIndex++) {
                int fd = batchFd(batchIndex);
                if (fd == wakeupFd) {
                    Libc.callInt(READ, wakeupFd, count.address(), count.byteSize());
                } else if (fd != REMOVED) {
                    handled++;
                    handler.onReady(fd, batch.get(
                        JAVA_INT, batchOffset(batchIndex) + Structs.EPOLL_EVENT_EVENTS_OFFSET));
                }
            }
        } finally {
            batchLength = 0;
        }
        return handled;
    }

    private void checkOpen() {
        if (closed) { // only the owner closes, so that it needs no lock to see it
            throw new ErrnoException(Errno.EBADF, "the poller is closed");
        }
    }

    private int batchFd(int index) {
        return batch.get(JAVA_INT, batchOffset(index) + Structs.EPOLL_EVENT_DATA_OFFSET);
    }

    private static long batchOffset(int index) {
        return (long) index * Structs.EPOLL_EVENT_LENGTH;
    }

    /** Makes the {@link #poll} under way, or else the next one, return at once; nothing after {@link #close()}. */
    public synchronized void wakeup() {
        if (!closed) {
            // A full counter refuses this one: then a wake-up is waiting already.
            Libc.callInt(WRITE, wakeupFd, one.address(), one.byteSize());
        }
    }

    /** For the owner's thread; the descriptors stay open. The second call does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            LinuxFile.close(epollFd);
            LinuxFile.close(wakeupFd);
        }
    }
}
