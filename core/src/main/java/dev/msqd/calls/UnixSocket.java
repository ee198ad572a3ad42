package dev.msqd.calls;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A Unix domain socket of packets (SOCK_SEQPACKET): each send arrives whole, in order, with its descriptors, and each
 * side knows who the other is.
 *
 * <p>Any thread may call anything. {@link #close()} ends calls under way on other threads; the descriptor's number is
 * given back after the last of them, so that none can meet a stranger's file. Calls after it give EBADF. Calls that
 * wait belong on platform threads: a virtual one would hold its carrier.
 */
public final class UnixSocket implements AutoCloseable {
    /** The most descriptors in a packet: Linux takes 253, musl one less. */
    public static final int MAX_FDS = 252;

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = LinuxFile.O_CLOEXEC;
    private static final int BACKLOG = 128;
    private static final int SHUT_RDWR = 2;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SO_PEERCRED = 17;
    private static final int SO_PEERGROUPS = 59;
    private static final int SO_PEERPIDFD = 77;
    private static final int FIRST_GUESS_OF_GROUPS = 64;

    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;

    private static final MethodHandle SOCKET = Libc.function("socket");
    private static final MethodHandle BIND = Libc.function("bind");
    private static final MethodHandle CHMOD = Libc.function("chmod");
    private static final MethodHandle UNLINK = Libc.function("unlink");
    private static final MethodHandle LISTEN = Libc.function("listen");
    private static final MethodHandle ACCEPT4 = Libc.function("accept4");
    private static final MethodHandle CONNECT = Libc.function("connect");
    private static final MethodHandle SENDMSG = Libc.function("sendmsg");
    private static final MethodHandle RECVMSG = Libc.function("recvmsg");
    private static final MethodHandle SHUTDOWN = Libc.function("shutdown");
    private static final MethodHandle GETSOCKOPT = Libc.function("getsockopt");
    private static final MethodHandle FCNTL = Libc.variadic("fcntl", 2);

    /** In {@link #uses}: closed, the rest being the calls still under way. */
    private static final int CLOSED = Integer.MIN_VALUE;

    private final int fd;
    private final String what;
    private final AtomicInteger uses = new AtomicInteger();

    private UnixSocket(int fd, String what) {
        this.fd = fd;
        this.what = what;
    }

    /**
     * Listens at a path. Nobody can connect before the file has its mode. The file is not removed by {@link #close()},
     * and one left over from before is in the way: the owner of the directory removes it first.
     *
     * @param path may be longer than the 107 bytes of a socket address, if its last name is not.
     * @param mode permission bits of the file, whatever the umask: who may write to it may connect.
     * @throws ErrnoException EADDRINUSE: the file exists; ENOENT, EACCES, ENAMETOOLONG.
     */
    public static UnixSocket listen(Path path, int mode) {
        String doing = "listen at " + path;
        int fd = newSocket(doing);
        boolean bound = false;
        try (Address address = new Address(path)) {
            try {
                Libc.check(Libc.callInt(BIND, fd, address.pointer(), Structs.SOCKADDR_UN_LENGTH), doing);
                bound = true;
                Libc.check(Libc.callInt(CHMOD, address.pathPointer(), mode), doing + ", mode 0"
                    + Integer.toOctalString(mode));
                Libc.check(Libc.callInt(LISTEN, fd, BACKLOG), doing);
            } catch (ErrnoException e) {
                if (bound) {
                    Libc.callInt(UNLINK, address.pathPointer());
                }
                throw e;
            }
        } catch (ErrnoException e) {
            LinuxFile.close(fd);
            throw e;
        }
        return new UnixSocket(fd, "socket " + path);
    }

    /**
     * Connects to a listener; waits while its line of connections not yet accepted is full.
     *
     * @param path may be longer than the 107 bytes of a socket address, if its last name is not.
     * @throws ErrnoException ENOENT: no such file; ECONNREFUSED: nobody listens there; EACCES, EPROTOTYPE.
     */
    public static UnixSocket connect(Path path) {
        String doing = "connect to " + path;
        int fd = newSocket(doing);
        try (Address address = new Address(path)) {
            Libc.check(Libc.callIntAgain(CONNECT, fd, address.pointer(), Structs.SOCKADDR_UN_LENGTH), doing);
        } catch (ErrnoException e) {
            LinuxFile.close(fd);
            throw e;
        }
        return new UnixSocket(fd, "socket " + path);
    }

    private static int newSocket(String doing) {
        return (int) Libc.check(Libc.callInt(SOCKET, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), doing);
    }

    /**
     * The next connection, itself blocking; null if this socket is non-blocking and none waits.
     *
     * @throws ErrnoException EMFILE, ENFILE: the connection keeps waiting in line; EBADF: closed.
     */
    public UnixSocket accept() {
        enter();
        try {
            int accepted;
            do {
                accepted = Libc.callInt(ACCEPT4, fd, 0, 0, SOCK_CLOEXEC);
            } while (accepted == -Errno.EINTR || accepted == -Errno.ECONNABORTED);
            if (accepted == -Errno.EAGAIN) {
                return null;
            }
            if (accepted == -Errno.EINVAL && uses.get() < 0) { // what close() does to a sleeping accept
                throw closed();
            }
            return new UnixSocket((int) Libc.check(accepted, "accept on " + what), "peer at " + what);
        } finally {
            leave();
        }
    }

    /**
     * Sends one packet; waits while the other side's line is full, unless non-blocking.
     *
     * @param length from 1: an empty packet would look like a closed socket to the receiver.
     * @param fds at most {@link #MAX_FDS}; the receiver gets descriptors of its own, the sender keeps these.
     * @throws ErrnoException EPIPE, ECONNRESET: the other side has closed; EMSGSIZE: longer than the socket's buffer;
     *     EAGAIN: non-blocking and full; ETOOMANYREFS: too many descriptors sent and not yet received; EBADF.
     */
    public void send(DirectBuffer src, int offset, int length, int... fds) {
        if (length < 1) {
            throw new IllegalArgumentException("packet of " + length + " bytes, at least 1");
        }
        if (fds.length > MAX_FDS) {
            throw new IllegalArgumentException(fds.length + " descriptors in a packet, at most " + MAX_FDS);
        }
        src.boundsCheck(offset, length);
        enter();
        try (Arena arena = Arena.ofConfined()) {
            Packet packet = new Packet(arena, length, fds.length);
            src.getBytes(offset, packet.data.asByteBuffer(), length);
            packet.putDescriptors(fds);
            long sent = Libc.callLongAgain(SENDMSG, fd, packet.header.address(), MSG_NOSIGNAL);
            Libc.check(sent, "send " + length + " bytes and " + fds.length + " descriptors to " + what);
        } finally {
            leave();
        }
    }

    /**
     * Receives one packet; waits for it, unless non-blocking.
     *
     * @param maxLength from 1; a longer packet is lost, with its descriptors, and gives EMSGSIZE.
     * @param fdsOut takes the packet's descriptors, closed on exec; the rest is set to -1. Descriptors beyond its
     *     length are closed. Whatever is in here afterwards is the caller's to close.
     * @return the packet's length; 0 if the other side has closed, or this one meanwhile; -1 if non-blocking and none
     *     waits.
     * @throws ErrnoException ECONNRESET: the other side closed without reading everything; EMSGSIZE: the packet was
     *     longer than {@code maxLength}; EMFILE: no room for its descriptors, and it is lost; EBADF: closed.
     */
    public int receive(MutableDirectBuffer dst, int offset, int maxLength, int[] fdsOut) {
        if (maxLength < 1) {
            throw new IllegalArgumentException("room for " + maxLength + " bytes, at least 1");
        }
        dst.boundsCheck(offset, maxLength);
        Arrays.fill(fdsOut, -1);
        enter();
        try (Arena arena = Arena.ofConfined()) {
            Packet packet = new Packet(arena, maxLength, MAX_FDS + 1);
            long received = Libc.callLongAgain(RECVMSG, fd, packet.header.address(), MSG_CMSG_CLOEXEC);
            if (received == -Errno.EAGAIN) {
                return -1;
            }
            int length = (int) Libc.check(received, "receive from " + what);
            int flags = packet.flags();
            if (length == 0 || (flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
                packet.takeDescriptors(new int[0]);
            }
            if ((flags & MSG_CTRUNC) != 0) {
                throw new ErrnoException(Errno.EMFILE,
                    "receive from " + what + ": no room for the packet's descriptors in this process");
            }
            if ((flags & MSG_TRUNC) != 0) {
                throw new ErrnoException(Errno.EMSGSIZE,
                    "receive from " + what + ": packet longer than " + maxLength + " bytes");
            }
            if (length > 0) {
                packet.takeDescriptors(fdsOut);
                dst.putBytes(offset, packet.data.asByteBuffer(), length);
            }
            return length;
        } finally {
            leave();
        }
    }

    /**
     * Waits until {@link #receive} or {@link #accept} would not: something is there, or the other side has closed.
     *
     * @param timeoutMs 0 looks once, a negative number waits for ever.
     * @return false if the time is over.
     */
    public boolean awaitReadable(long timeoutMs) {
        enter();
        try {
            return Poll.readable(fd, timeoutMs);
        } finally {
            leave();
        }
    }

    /** Who connected; on the connecting side: who listened (SO_PEERCRED, SO_PEERGROUPS). */
    public PeerCredentials peer() {
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ucred = arena.allocate(Structs.UCRED_LENGTH, Integer.BYTES);
            MemorySegment optionLength = arena.allocate(JAVA_INT);
            Libc.check(option(SO_PEERCRED, ucred, optionLength), "credentials of the other side of " + what);
            return new PeerCredentials(
                ucred.get(JAVA_INT, Structs.UCRED_PID_OFFSET),
                ucred.get(JAVA_INT, Structs.UCRED_UID_OFFSET),
                ucred.get(JAVA_INT, Structs.UCRED_GID_OFFSET),
                peerGroups(arena, optionLength));
        } finally {
            leave();
        }
    }

    private int[] peerGroups(Arena arena, MemorySegment optionLength) {
        MemorySegment groups = arena.allocate(JAVA_INT, FIRST_GUESS_OF_GROUPS);
        int result = option(SO_PEERGROUPS, groups, optionLength);
        if (result == -Errno.ERANGE) { // the kernel has said how long they are, and they don't change
            groups = arena.allocate(optionLength.get(JAVA_INT, 0), Integer.BYTES);
            result = option(SO_PEERGROUPS, groups, optionLength);
        }
        Libc.check(result, "groups of the other side of " + what);
        return groups.asSlice(0, optionLength.get(JAVA_INT, 0)).toArray(JAVA_INT);
    }

    private int option(int name, MemorySegment value, MemorySegment length) {
        length.set(JAVA_INT, 0, (int) value.byteSize());
        return Libc.callInt(GETSOCKOPT, fd, SOL_SOCKET, name, value.address(), length.address());
    }

    /**
     * A pidfd of the process that connected, which the caller closes; -1 if it is gone. Before Linux 6.5 it is opened
     * by number: if the peer has ended, it may be that of a process which got the number since.
     */
    public int peerPidfd() {
        int result;
        enter();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pidfd = arena.allocate(JAVA_INT);
            result = option(SO_PEERPIDFD, pidfd, arena.allocate(JAVA_INT));
            if (result == 0) {
                return pidfd.get(JAVA_INT, 0);
            }
        } finally {
            leave();
        }
        if (result == -Errno.ENOPROTOOPT) {
            return Processes.pidfdOpen(peer().pid());
        }
        if (result == -Errno.ESRCH || result == -Errno.EINVAL) { // EINVAL: ended, as older kernels put it
            return -1;
        }
        throw Libc.failure(result, "pidfd of the other side of " + what);
    }

    /** For {@link Poller}; the number belongs to this socket and ends with it. */
    public int fd() {
        return fd;
    }

    /** Whether calls return at once instead of waiting; new sockets wait. */
    public void nonBlocking(boolean on) {
        enter();
        try {
            int flags = (int) Libc.check(Libc.callInt(FCNTL, fd, F_GETFL, 0), "flags of " + what);
            int changed = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
            Libc.check(Libc.callInt(FCNTL, fd, F_SETFL, changed), "flags of " + what);
        } finally {
            leave();
        }
    }

    /** Ends the connection: what was sent can still be received; the second call does nothing. */
    @Override
    public void close() {
        int before = uses.getAndUpdate(n -> n < 0 ? n : (n | CLOSED) + 1);
        if (before >= 0) {
            Libc.callInt(SHUTDOWN, fd, SHUT_RDWR); // wakes who sleeps in a call
            leave();
        }
    }

    private void enter() {
        int before = uses.getAndUpdate(n -> n < 0 ? n : n + 1);
        if (before < 0) {
            throw closed();
        }
    }

    private void leave() {
        if (uses.decrementAndGet() == CLOSED) {
            LinuxFile.close(fd);
        }
    }

    private ErrnoException closed() {
        return new ErrnoException(Errno.EBADF, what + " is closed");
    }

    @Override
    public String toString() {
        return what;
    }

    /**
     * A sockaddr_un for a path. One that is too long is reached through its directory, held open meanwhile:
     * {@code /proc/self/fd/9/name}.
     */
    private static final class Address implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment sockaddr = arena.allocate(Structs.SOCKADDR_UN_LENGTH, Long.BYTES);
        private int directory = -1;

        Address(Path path) {
            try {
                byte[] bytes = Libc.bytes(path);
                if (!fits(bytes)) {
                    Path absolute = path.toAbsolutePath();
                    directory = LinuxFile.open(absolute.getParent(), LinuxFile.O_PATH | LinuxFile.O_DIRECTORY, 0);
                    bytes = Libc.bytes(Path.of("/proc/self/fd/" + directory).resolve(absolute.getFileName()));
                }
                if (!fits(bytes)) {
                    throw new ErrnoException(Errno.ENAMETOOLONG, "socket " + path + ": its last name is longer than "
                        + "a socket address of " + (Structs.SOCKADDR_UN_PATH_LENGTH - 1) + " bytes holds");
                }
                sockaddr.set(JAVA_SHORT, Structs.SOCKADDR_UN_FAMILY_OFFSET, (short) AF_UNIX);
                MemorySegment.copy(bytes, 0, sockaddr, JAVA_BYTE, Structs.SOCKADDR_UN_PATH_OFFSET, bytes.length);
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        private static boolean fits(byte[] path) {
            return path.length < Structs.SOCKADDR_UN_PATH_LENGTH;
        }

        long pointer() {
            return sockaddr.address();
        }

        long pathPointer() {
            return pointer() + Structs.SOCKADDR_UN_PATH_OFFSET;
        }

        @Override
        public void close() {
            arena.close();
            if (directory >= 0) {
                LinuxFile.close(directory);
            }
        }
    }

    /** A msghdr with one piece of data and room for descriptors. */
    private static final class Packet {
        final MemorySegment header;
        final MemorySegment data;
        private final MemorySegment control;

        Packet(Arena arena, int dataLength, int maxFds) {
            header = arena.allocate(Structs.MSGHDR_LENGTH, Long.BYTES);
            data = arena.allocate(dataLength);
            control = arena.allocate(maxFds == 0 ? 0 : aligned(controlLength(maxFds)), Long.BYTES);
            MemorySegment iovec = arena.allocate(Structs.IOVEC_LENGTH, Long.BYTES);
            iovec.set(JAVA_LONG, Structs.IOVEC_BASE_OFFSET, data.address());
            iovec.set(JAVA_LONG, Structs.IOVEC_LEN_OFFSET, dataLength);
            header.set(JAVA_LONG, Structs.MSGHDR_IOV_OFFSET, iovec.address());
            header.set(JAVA_LONG, Structs.MSGHDR_IOVLEN_OFFSET, 1);
            header.set(JAVA_LONG, Structs.MSGHDR_CONTROL_OFFSET, control.address());
            header.set(JAVA_LONG, Structs.MSGHDR_CONTROLLEN_OFFSET, control.byteSize());
        }

        private static long controlLength(int fds) {
            return Structs.CMSGHDR_DATA_OFFSET + (long) fds * Integer.BYTES;
        }

        private static long aligned(long length) {
            return Math.ceilDiv(length, Structs.CMSGHDR_ALIGNMENT) * Structs.CMSGHDR_ALIGNMENT;
        }

        int flags() {
            return header.get(JAVA_INT, Structs.MSGHDR_FLAGS_OFFSET);
        }

        void putDescriptors(int[] fds) {
            if (fds.length > 0) {
                control.set(JAVA_LONG, Structs.CMSGHDR_LEN_OFFSET, controlLength(fds.length));
                control.set(JAVA_INT, Structs.CMSGHDR_LEVEL_OFFSET, SOL_SOCKET);
                control.set(JAVA_INT, Structs.CMSGHDR_TYPE_OFFSET, SCM_RIGHTS);
                MemorySegment.copy(fds, 0, control, JAVA_INT, Structs.CMSGHDR_DATA_OFFSET, fds.length);
            }
        }

        /** Moves the received descriptors into the array and closes those that it has no room for. */
        void takeDescriptors(int[] fdsOut) {
            int taken = 0;
            long end = header.get(JAVA_LONG, Structs.MSGHDR_CONTROLLEN_OFFSET);
            long position = 0;
            while (position + Structs.CMSGHDR_DATA_OFFSET <= end) {
                long length = control.get(JAVA_LONG, position + Structs.CMSGHDR_LEN_OFFSET);
                if (control.get(JAVA_INT, position + Structs.CMSGHDR_LEVEL_OFFSET) == SOL_SOCKET
                    && control.get(JAVA_INT, position + Structs.CMSGHDR_TYPE_OFFSET) == SCM_RIGHTS) {
                    for (long at = Structs.CMSGHDR_DATA_OFFSET; at < length; at += Integer.BYTES) {
                        int received = control.get(JAVA_INT, position + at);
                        if (taken < fdsOut.length) {
                            fdsOut[taken++] = received;
                        } else {
                            LinuxFile.close(received);
                        }
                    }
                }
                position += aligned(length);
            }
        }
    }
}
