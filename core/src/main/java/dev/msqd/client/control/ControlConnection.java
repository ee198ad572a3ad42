package dev.msqd.client.control;

import static dev.msqd.client.control.ControlDescriptor.BODY_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.UnixSocket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Requests and their replies, one at a time, over a socket that is connected anew when the daemon went away. Any thread; threads take
 * turns.
 */
final class ControlConnection implements AutoCloseable {
    private static final long INTERRUPT_CHECK_MS = 50;
    private static final long MIN_BACK_OFF_MS = 1;
    private static final long MAX_BACK_OFF_MS = 100;
    private static final int[] NO_FDS = {};

    /** What to do when the daemon went away between a request and its reply. */
    enum Lost {
        ASK_AGAIN, GONE_IS_DONE, FAIL
    }

    private final Path directory;
    private final long reconnectTimeoutNs;
    private final Credentials actsFor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Packet packet = new Packet();
    private final Handover handover = new Handover();
    private UnixSocket socket;
    private int correlation;
    private boolean closed;
    private volatile HelloReply hello;

    /**
     * Connects and greets.
     *
     * @param actsFor whose rights are asked for, or null for the caller's own
     */
    ControlConnection(Path directory, long reconnectTimeoutMs, Credentials actsFor) {
        this.directory = directory;
        this.reconnectTimeoutNs = TimeUnit.MILLISECONDS.toNanos(reconnectTimeoutMs);
        this.actsFor = actsFor;
        try {
            open();
        } catch (ErrnoException e) {
            handover.close();
            throw isGone(e) ? nobody(e) : e;
        }
    }

    Path directory() {
        return directory;
    }

    /** What the daemon said last. */
    HelloReply hello() {
        return hello;
    }

    Handover handover() {
        return handover;
    }

    /** A request that may be asked again. */
    <T> T ask(int type, Consumer<Packet> request, Function<Packet, T> reply) {
        return ask(type, Lost.ASK_AGAIN, NO_FDS, request, reply);
    }

    /**
     * Sends a request and reads the reply, whose errno is thrown.
     *
     * @param fds takes the descriptors that the reply brings, which are the caller's then; -1 where it brings none
     */
    <T> T ask(int type, Lost policy, int[] fds, Consumer<Packet> request, Function<Packet, T> reply) {
        lock.lock();
        try {
            exchange(type, policy, fds, request);
            return reply.apply(packet);
        } finally {
            lock.unlock();
        }
    }

    /** Says good-bye, and does not wait for the daemon. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (socket != null) {
                send(ControlDescriptor.BYE, p -> {});
            }
        } catch (ErrnoException e) {
            if (!isGone(e)) {
                throw e;
            }
            // The daemon is away: the next one forgets this client when the process ends.
        } finally {
            disconnect();
            handover.close();
            lock.unlock();
        }
    }

    /** Sends a request until a reply is in the packet. */
    private void exchange(int type, Lost policy, int[] fds, Consumer<Packet> request) {
        long firstLossNs = 0;
        boolean askedBefore = false;
        while (true) {
            boolean sent = false;
            try {
                if (closed) {
                    throw new ErrnoException(Errno.EBADF, "the connection to " + directory + " is closed");
                }
                if (socket == null) {
                    open();
                }
                send(type, request);
                sent = true;
                receive(type, fds);
                break;
            } catch (ErrnoException e) {
                disconnect();
                if (!isGone(e)) {
                    throw e;
                }
                askedBefore |= sent;
                if (sent && policy == Lost.FAIL) {
                    throw new ErrnoException(Errno.EINTR,
                        "the daemon of " + directory + " went away before it answered "
                            + ControlDescriptor.nameOf(type) + ": the queue may have been made, or not",
                        e);
                }
                long nowNs = System.nanoTime();
                if (firstLossNs == 0) {
                    firstLossNs = nowNs;
                }
                awaitDaemon(firstLossNs, nowNs, e);
            }
        }
        boolean done = askedBefore && policy == Lost.GONE_IS_DONE
            && packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET) == Errno.EINVAL;
        if (!done) {
            throwRefusal();
        }
    }

    /** Waits a little, longer each time, for a daemon that went away. */
    private void awaitDaemon(long firstLossNs, long nowNs, ErrnoException cause) {
        long waitedNs = nowNs - firstLossNs;
        if (waitedNs >= reconnectTimeoutNs) {
            throw nobody(cause);
        }
        long backOffMs = Math.clamp(TimeUnit.NANOSECONDS.toMillis(waitedNs) / 4, MIN_BACK_OFF_MS, MAX_BACK_OFF_MS);
        try {
            Thread.sleep(backOffMs);
        } catch (InterruptedException e) {
            throw new ErrnoException(Errno.EINTR, "interrupted while no daemon served " + directory, e);
        }
    }

    private void open() {
        socket = UnixSocket.connect(directory.resolve(DataDirectory.SOCKET));
        try {
            send(ControlDescriptor.HELLO, p -> {
                p.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, ControlDescriptor.VERSION);
                p.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, hello == null ? 0 : hello.clientId());
            });
            int[] fds = Handover.room();
            receive(ControlDescriptor.HELLO, fds);
            throwRefusal();
            HelloReply reply = GreetingCodec.decode(packet);
            handover.adopt(fds);
            hello = actsFor == null ? reply : actFor(reply);
        } catch (ErrnoException e) {
            disconnect();
            throw e;
        }
    }

    private HelloReply actFor(HelloReply own) {
        send(ControlDescriptor.ACT_FOR, p -> GreetingCodec.encodeActFor(actsFor, p));
        receive(ControlDescriptor.ACT_FOR, NO_FDS);
        throwRefusal();
        return new HelloReply(own.clientId(), own.epoch(), own.directoryId(), own.limits(), actsFor);
    }

    private void send(int type, Consumer<Packet> request) {
        packet.request(type, ++correlation);
        request.accept(packet);
        socket.send(packet.buffer(), 0, packet.length());
    }

    private void receive(int type, int[] fds) {
        while (!socket.awaitReadable(INTERRUPT_CHECK_MS)) {
            if (Thread.interrupted()) {
                throw new ErrnoException(Errno.EINTR, ControlDescriptor.nameOf(type) + " was interrupted");
            }
        }
        int length = socket.receive(packet.buffer(), 0, ControlDescriptor.MAX_LENGTH, fds);
        if (length == 0) {
            throw new ErrnoException(Errno.ECONNRESET, "the daemon of " + directory + " went away");
        }
        packet.length(length);
        if (packet.getInt(ControlDescriptor.REPLY_CORRELATION_OFFSET) != correlation) {
            throw new ErrnoException(Errno.EPROTO,
                "the reply to " + ControlDescriptor.nameOf(type) + " belongs to another request");
        }
    }

    private void throwRefusal() {
        int errno = packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
        if (errno != 0) {
            throw new ErrnoException(errno, packet.getText(BODY_OFFSET));
        }
    }

    private void disconnect() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }

    private ErrnoException nobody(ErrnoException cause) {
        return new ErrnoException(Errno.ECONNREFUSED, "no daemon serves " + directory
            + "; start one with `msqd serve --dir " + directory + "`", cause);
    }

    private static boolean isGone(ErrnoException e) {
        return switch (e.errno()) {
            case Errno.EPIPE, Errno.ECONNRESET, Errno.ECONNREFUSED, Errno.ENOENT -> true;
            default -> false;
        };
    }
}
