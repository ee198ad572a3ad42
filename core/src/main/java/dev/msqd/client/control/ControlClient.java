package dev.msqd.client.control;

import static dev.msqd.client.control.ControlDescriptor.BODY_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.IPC_CREAT;
import static dev.msqd.client.control.ControlDescriptor.IPC_EXCL;
import static dev.msqd.client.control.ControlDescriptor.IPC_PRIVATE;
import static dev.msqd.client.control.ControlDescriptor.LIST_COUNT_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.LIST_ELEMENTS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.LIST_END;
import static dev.msqd.client.control.ControlDescriptor.LIST_NEXT_INDEX_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.MSQID_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.QueueWaiters;
import dev.msqd.client.Retention;
import dev.msqd.client.Waiter;
import dev.msqd.layout.Durability;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.agrona.BitUtil;

/**
 * The client's side of the control protocol: each method is a request and waits for its reply. Threads take turns.
 *
 * <p>When the daemon went away, a request waits for it to come back, greets it with the client id from before, and asks
 * again. What may not be asked twice fails with EINTR instead when the reply was lost: a GET that makes a queue for
 * certain (IPC_PRIVATE, or IPC_CREAT with IPC_EXCL). A removal that was asked for again counts as done when the id is
 * gone.
 *
 * <p>All methods throw {@link ErrnoException}: what each says; EINTR when the thread is interrupted, ECONNREFUSED when
 * no daemon came back in time, EBADF after {@link #close()}, EPROTO when the other side speaks another version.
 */
public final class ControlClient implements AutoCloseable {
    /** How long a request waits for a daemon that went away, unless told otherwise. */
    public static final long RECONNECT_TIMEOUT_MS = 10_000;

    private static final long INTERRUPT_CHECK_MS = 50;
    private static final long MIN_BACK_OFF_MS = 1;
    private static final long MAX_BACK_OFF_MS = 100;
    private static final int[] NO_FDS = {};
    private static final int NO_FD = -1;

    private final Path directory;
    private final long reconnectTimeoutNs;
    private final Credentials actsFor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Packet packet = new Packet();
    private UnixSocket socket;
    private int correlation;
    private boolean closed;
    private volatile HelloReply hello;
    private SystemLimits system;
    private int traceFd = NO_FD;
    private volatile boolean hotDirectoryLost;

    private ControlClient(Path directory, long reconnectTimeoutMs, Credentials actsFor) {
        this.directory = directory;
        this.actsFor = actsFor;
        this.reconnectTimeoutNs = TimeUnit.MILLISECONDS.toNanos(reconnectTimeoutMs);
    }

    /**
     * Connects to the daemon that serves a data directory.
     *
     * @throws ErrnoException ECONNREFUSED at once when no daemon serves it; EACCES when its socket is out of reach
     */
    public static ControlClient connect(Path directory) {
        return connect(directory, RECONNECT_TIMEOUT_MS);
    }

    /**
     * The same with another time to wait for a daemon that goes away later.
     *
     * @param reconnectTimeoutMs 0: a request fails at once
     */
    public static ControlClient connect(Path directory, long reconnectTimeoutMs) {
        return connect(new ControlClient(directory, reconnectTimeoutMs, null));
    }

    /**
     * Connects on behalf of somebody else, who is judged in this client's stead.
     *
     * @throws ErrnoException also EPERM unless this process is root's, or has all that the other one has
     */
    public static ControlClient connect(Path directory, Credentials actsFor) {
        return connect(new ControlClient(directory, RECONNECT_TIMEOUT_MS, actsFor));
    }

    private static ControlClient connect(ControlClient client) {
        try {
            client.open();
        } catch (ErrnoException e) {
            throw isGone(e) ? client.nobody(e) : e;
        }
        return client;
    }

    /** What the daemon said last time this client connected. A new {@link HelloReply#clientId()} means: attach anew. */
    public HelloReply hello() {
        return hello;
    }

    /** The data directory. */
    public Path directory() {
        return directory;
    }

    /**
     * msgget (R1 .. R11), by key or, when the name is not empty, by name.
     *
     * @param key    IPC_PRIVATE or a key; not looked at when there is a name
     * @param name   empty, or a name that {@link QueueName} has no objection to
     * @param msgflg IPC_CREAT, IPC_EXCL and permission bits
     * @param options of a new queue
     * @return the msqid
     * @throws ErrnoException ENOENT, EEXIST, EACCES, ENOSPC, ENOMEM; EINVAL for the name or qbytes, EPERM for qbytes
     */
    public int get(int key, String name, int msgflg, QueueOptions options) {
        boolean creates = name.isEmpty() && key == IPC_PRIVATE
            || (msgflg & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL);
        if (!name.isEmpty()) {
            checkName(name);
        }
        lock.lock();
        try {
            exchange(ControlDescriptor.GET, creates ? Lost.FAIL : Lost.ASK_AGAIN, NO_FDS, p -> {
                p.putInt(ControlDescriptor.GET_KEY_OFFSET, key);
                p.putInt(ControlDescriptor.GET_MSGFLG_OFFSET, msgflg);
                p.putLong(ControlDescriptor.GET_QBYTES_OFFSET,
                    options.qbytes().orElse(ControlDescriptor.DEFAULT_QBYTES));
                p.putInt(ControlDescriptor.GET_DURABILITY_OFFSET,
                    options.durability().map(Durability::code).orElse(ControlDescriptor.DEFAULT_DURABILITY));
                p.putRetention(ControlDescriptor.GET_KEEP_SECONDS_OFFSET, options.retention());
                p.putText(ControlDescriptor.GET_NAME_OFFSET, name);
            });
            return packet.getInt(MSQID_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /**
     * A name's queue.
     *
     * @throws ErrnoException ENOENT naming it, EINVAL for what cannot be a name
     */
    public int resolve(String name) {
        checkName(name);
        lock.lock();
        try {
            exchange(ControlDescriptor.RESOLVE, Lost.ASK_AGAIN, NO_FDS,
                p -> p.putText(ControlDescriptor.RESOLVE_NAME_OFFSET, name));
            return packet.getInt(MSQID_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Leave to use a queue's memory.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's, EACCES without read and write permission, EIO when
     *                        the queue's files are damaged, ENOSPC when they could not be made
     */
    public AttachReply attach(int msqid) {
        lock.lock();
        try {
            int[] fds = new int[1];
            exchange(ControlDescriptor.ATTACH, Lost.ASK_AGAIN, fds, p -> p.putInt(MSQID_OFFSET, msqid));
            if (fds[0] < 0) {
                throw new ErrnoException(Errno.EPROTO, "the reply to ATTACH brought no descriptor");
            }
            return new AttachReply(packet.getInt(ControlDescriptor.ATTACH_RIGHTS_OFFSET), fds[0]);
        } finally {
            lock.unlock();
        }
    }

    /**
     * IPC_STAT, MSG_STAT or MSG_STAT_ANY.
     *
     * @param msqid an id, or with STAT_INDEX and STAT_ANY a table index
     * @throws ErrnoException EINVAL, EACCES; EIO when the queue's files are damaged
     */
    public MsqidDs stat(int msqid, StatKind kind) {
        lock.lock();
        try {
            exchange(ControlDescriptor.STAT, Lost.ASK_AGAIN, NO_FDS, p -> {
                p.putInt(MSQID_OFFSET, msqid);
                p.putInt(ControlDescriptor.STAT_KIND_OFFSET, kind.ordinal());
            });
            return MsqidDsCodec.decode(packet, BODY_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /** All queues, in index order; no permission is needed. A damaged one shows its {@link MsqidDs#fault()}. */
    public List<MsqidDs> list() {
        List<MsqidDs> queues = new ArrayList<>();
        int next = 0;
        while (next != LIST_END) {
            next = list(next, queues);
        }
        return queues;
    }

    /**
     * IPC_SET of the settings that are there.
     *
     * @throws ErrnoException EINVAL, EPERM, in R61's order; EIO when it could not be stored
     */
    public void set(int msqid, QueueSettings settings) {
        int mask = (settings.uid().isPresent() ? ControlDescriptor.SET_UID : 0)
            | (settings.gid().isPresent() ? ControlDescriptor.SET_GID : 0)
            | (settings.mode().isPresent() ? ControlDescriptor.SET_MODE : 0)
            | (settings.qbytes().isPresent() ? ControlDescriptor.SET_QBYTES : 0)
            | (settings.durability().isPresent() ? ControlDescriptor.SET_DURABILITY : 0)
            | (settings.retention().isPresent() ? ControlDescriptor.SET_RETENTION : 0);
        lock.lock();
        try {
            exchange(ControlDescriptor.SET, Lost.ASK_AGAIN, NO_FDS, p -> {
                p.putInt(MSQID_OFFSET, msqid);
                p.putInt(ControlDescriptor.SET_MASK_OFFSET, mask);
                p.putInt(ControlDescriptor.SET_UID_OFFSET, settings.uid().orElse(0));
                p.putInt(ControlDescriptor.SET_GID_OFFSET, settings.gid().orElse(0));
                p.putInt(ControlDescriptor.SET_MODE_OFFSET, settings.mode().orElse(0));
                p.putInt(ControlDescriptor.SET_DURABILITY_OFFSET,
                    settings.durability().map(Durability::code).orElse(0));
                p.putLong(ControlDescriptor.SET_QBYTES_OFFSET, settings.qbytes().orElse(0));
                p.putRetention(ControlDescriptor.SET_KEEP_SECONDS_OFFSET, settings.retention().orElse(Retention.NONE));
            });
        } finally {
            lock.unlock();
        }
    }

    /**
     * IPC_RMID: durable when this returns.
     *
     * @throws ErrnoException EINVAL, EPERM; EIO when it could not be stored
     */
    public void remove(int msqid) {
        lock.lock();
        try {
            exchange(ControlDescriptor.REMOVE, Lost.GONE_IS_DONE, NO_FDS, p -> p.putInt(MSQID_OFFSET, msqid));
        } finally {
            lock.unlock();
        }
    }

    /** IPC_INFO and MSG_INFO. */
    public SystemInfo info() {
        lock.lock();
        try {
            exchange(ControlDescriptor.INFO, Lost.ASK_AGAIN, NO_FDS, p -> {});
            return new SystemInfo(
                packet.getLimits(ControlDescriptor.INFO_LIMITS_OFFSET),
                packet.getInt(ControlDescriptor.INFO_HIGHEST_INDEX_OFFSET),
                packet.getLong(ControlDescriptor.INFO_QUEUES_OFFSET),
                packet.getLong(ControlDescriptor.INFO_MESSAGES_OFFSET),
                packet.getLong(ControlDescriptor.INFO_BYTES_OFFSET));
        } finally {
            lock.unlock();
        }
    }

    /** The limits as they are now. */
    public Limits limits() {
        lock.lock();
        try {
            exchange(ControlDescriptor.LIMITS_GET, Lost.ASK_AGAIN, NO_FDS, p -> {});
            return packet.getLimits(BODY_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Chooses the id of the next new queue.
     *
     * @param msqid or {@link ControlDescriptor#NO_MSQID}: chooses none
     * @return what is chosen now, or {@link ControlDescriptor#NO_MSQID}
     * @throws ErrnoException EPERM, EINVAL
     */
    public int nextId(int msqid) {
        lock.lock();
        try {
            exchange(ControlDescriptor.NEXT_ID, Lost.ASK_AGAIN, NO_FDS, p -> p.putInt(MSQID_OFFSET, msqid));
            return packet.getInt(MSQID_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Changes the limits for all (R76); returns what they are now.
     *
     * @throws ErrnoException EPERM, EINVAL naming the limit and its range
     */
    public Limits limits(LimitSettings settings) {
        int mask = (settings.msgmax().isPresent() ? ControlDescriptor.SET_MSGMAX : 0)
            | (settings.msgmnb().isPresent() ? ControlDescriptor.SET_MSGMNB : 0)
            | (settings.msgmni().isPresent() ? ControlDescriptor.SET_MSGMNI : 0)
            | (settings.msgtql().isPresent() ? ControlDescriptor.SET_MSGTQL : 0);
        lock.lock();
        try {
            exchange(ControlDescriptor.LIMITS_SET, Lost.ASK_AGAIN, NO_FDS, p -> {
                p.putInt(ControlDescriptor.LIMITS_SET_MASK_OFFSET, mask);
                p.putLimits(ControlDescriptor.LIMITS_SET_LIMITS_OFFSET, settings.appliedTo(new Limits(0, 0, 0, 0)));
            });
            return packet.getLimits(BODY_OFFSET);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The descriptor of the daemon's counters, for reading; the caller's from now on. No permission is needed.
     *
     * @param msqid a queue whose counters are to be of this moment, or {@link ControlDescriptor#NO_MSQID}
     * @throws ErrnoException EINVAL for an id that is no queue's, EIO when its files are damaged; ENOSPC when the hot directory had no room
     *                        for counters
     */
    public int counters(int msqid) {
        lock.lock();
        try {
            int[] fds = new int[1];
            exchange(ControlDescriptor.COUNTERS, Lost.ASK_AGAIN, fds, p -> p.putInt(MSQID_OFFSET, msqid));
            if (fds[0] < 0) {
                throw new ErrnoException(Errno.EPROTO, "the reply to COUNTERS brought no descriptor");
            }
            return fds[0];
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has the calls of all clients traced as long as this connection lasts. Who traces asks again now and then: when another daemon
     * came, it is told, and when tracing fails, the caller is.
     *
     * @return false while the daemon is preparing for it
     * @throws ErrnoException EPERM; EOPNOTSUPP when the daemon's JVM can't; EIO when the trace could not be written
     */
    public boolean trace() {
        lock.lock();
        try {
            exchange(ControlDescriptor.TRACE, Lost.ASK_AGAIN, NO_FDS, p -> {});
            return packet.getInt(ControlDescriptor.TRACE_ON_OFFSET) != 0;
        } finally {
            lock.unlock();
        }
    }

    /** Was the hot directory made anew since this client connected? What it has of it is nobody's, and it must connect anew. */
    public boolean hotDirectoryLost() {
        return hotDirectoryLost;
    }

    /** What all queues share, as the daemon handed it over when this client was new to it. */
    public SystemLimits system() {
        return system;
    }

    /** Descriptor of this client's trace ring, from the daemon's first greeting. It stays this object's. */
    public int traceFd() {
        return traceFd;
    }

    /** Says good-bye: the caller has given up every slot and every message. Does not wait for the daemon. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (socket != null) {
                packet.request(ControlDescriptor.BYE, ++correlation);
                socket.send(packet.buffer(), 0, packet.length());
            }
        } catch (ErrnoException e) {
            if (!isGone(e)) {
                throw e;
            }
            // The daemon is away: the next one forgets this client when the process ends.
        } finally {
            disconnect();
            system.close();
            closeTrace();
            lock.unlock();
        }
    }

    private void closeTrace() {
        if (traceFd != NO_FD) {
            LinuxFile.close(traceFd);
            traceFd = NO_FD;
        }
    }

    /** What to do when the daemon went away between a request and its reply. */
    private enum Lost {
        ASK_AGAIN, GONE_IS_DONE, FAIL
    }

    /**
     * Who is asleep on a queue; no permission is needed. Of a queue that more wait on than fit in a packet, not all as of one moment.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's, EIO when the queue's files are damaged
     */
    public QueueWaiters waiters(int msqid) {
        List<Waiter> waiters = new ArrayList<>();
        lock.lock();
        try {
            int next = 0;
            while (next != LIST_END) {
                int first = next;
                exchange(ControlDescriptor.WAITERS, Lost.ASK_AGAIN, NO_FDS, p -> {
                    p.putInt(MSQID_OFFSET, msqid);
                    p.putInt(ControlDescriptor.WAITERS_FIRST_OFFSET, first);
                });
                int count = packet.getInt(ControlDescriptor.WAITERS_COUNT_OFFSET);
                int offset = ControlDescriptor.WAITERS_ELEMENTS_OFFSET;
                for (int i = 0; i < count; i++) {
                    waiters.add(WaiterCodec.decode(packet, offset));
                    offset =
                        BitUtil.align(offset + WaiterCodec.length(packet, offset), ControlDescriptor.LIST_ALIGNMENT);
                }
                next = packet.getInt(ControlDescriptor.WAITERS_NEXT_OFFSET);
                if (next != LIST_END && next <= first) {
                    throw new ErrnoException(Errno.EPROTO, "WAITERS went back from " + first + " to " + next);
                }
            }
            // Those without a place at the end, who waits longest first.
            waiters
                .sort(Comparator.comparing((Waiter waiter) -> waiter.ticket() == 0 ? Long.MAX_VALUE : waiter.ticket())
                    .thenComparing(Waiter::asleepNs, Comparator.reverseOrder()));
            return new QueueWaiters(List.copyOf(waiters), packet.getInt(ControlDescriptor.WAITERS_LOG_ERRNO_OFFSET),
                packet.getLong(ControlDescriptor.WAITERS_LOG_AGE_OFFSET));
        } finally {
            lock.unlock();
        }
    }

    private int list(int first, List<MsqidDs> queues) {
        lock.lock();
        try {
            exchange(ControlDescriptor.LIST, Lost.ASK_AGAIN, NO_FDS,
                p -> p.putInt(ControlDescriptor.LIST_FIRST_INDEX_OFFSET, first));
            int count = packet.getInt(LIST_COUNT_OFFSET);
            int offset = LIST_ELEMENTS_OFFSET;
            for (int i = 0; i < count; i++) {
                queues.add(MsqidDsCodec.decode(packet, offset));
                int end = offset + MsqidDsCodec.length(packet, offset);
                offset = BitUtil.align(end, ControlDescriptor.LIST_ALIGNMENT);
            }
            int next = packet.getInt(LIST_NEXT_INDEX_OFFSET);
            if (next != LIST_END && next <= first) {
                throw new ErrnoException(Errno.EPROTO, "LIST went back from " + first + " to " + next);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** Sends a request and takes the reply into the packet; the reply's errno is thrown. The lock is held. */
    private void exchange(int type, Lost policy, int[] fds, Consumer<Packet> body) {
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
                packet.request(type, ++correlation);
                body.accept(packet);
                socket.send(packet.buffer(), 0, packet.length());
                sent = true;
                receive(ControlDescriptor.nameOf(type), fds);
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
        int errno = packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
        boolean done = errno == Errno.EINVAL && askedBefore && policy == Lost.GONE_IS_DONE;
        if (errno != 0 && !done) {
            throw new ErrnoException(errno, packet.getText(BODY_OFFSET));
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
            packet.request(ControlDescriptor.HELLO, ++correlation);
            packet.putInt(ControlDescriptor.HELLO_VERSION_OFFSET, ControlDescriptor.VERSION);
            packet.putInt(ControlDescriptor.HELLO_PREVIOUS_CLIENT_ID_OFFSET, hello == null ? 0 : hello.clientId());
            socket.send(packet.buffer(), 0, packet.length());
            int[] fds = {NO_FD, NO_FD, NO_FD};
            receive("HELLO", fds);
            int errno = packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
            if (errno != 0) {
                throw new ErrnoException(errno, packet.getText(BODY_OFFSET));
            }
            HelloReply reply = welcome();
            adopt(fds);
            hello = actsFor == null ? reply : actFor(reply);
        } catch (ErrnoException e) {
            disconnect();
            throw e;
        }
    }

    private HelloReply actFor(HelloReply own) {
        packet.request(ControlDescriptor.ACT_FOR, ++correlation);
        packet.putLong(ControlDescriptor.ACT_FOR_CAPABILITIES_OFFSET, actsFor.capabilities());
        packet.putInt(ControlDescriptor.ACT_FOR_UID_OFFSET, actsFor.uid());
        packet.putInt(ControlDescriptor.ACT_FOR_GID_OFFSET, actsFor.gid());
        int[] groups = actsFor.peer().groups();
        packet.putInt(ControlDescriptor.ACT_FOR_GROUP_COUNT_OFFSET, groups.length);
        for (int i = 0; i < groups.length; i++) {
            packet.putInt(ControlDescriptor.ACT_FOR_GROUPS_OFFSET + i * Integer.BYTES, groups[i]);
        }
        socket.send(packet.buffer(), 0, packet.length());
        receive("ACT_FOR", NO_FDS);
        int errno = packet.getInt(ControlDescriptor.REPLY_ERRNO_OFFSET);
        if (errno != 0) {
            throw new ErrnoException(errno, packet.getText(BODY_OFFSET));
        }
        return new HelloReply(own.clientId(), own.epoch(), own.directoryId(), own.limits(), actsFor);
    }

    /** A client that greets another daemon knows the files, unless the hot directory was lost in between. */
    private void adopt(int[] fds) {
        if (fds[fds.length - 1] == NO_FD) {
            closeAll(fds);
            throw new ErrnoException(Errno.EPROTO, "the reply to HELLO brought no descriptors");
        }
        if (system == null) {
            try {
                system = SystemLimits.adopt(fds[0], fds[1]);
            } catch (RuntimeException e) {
                LinuxFile.close(fds[2]);
                throw e;
            }
            traceFd = fds[2];
        } else {
            hotDirectoryLost |= !system.isSame(fds[0], fds[1]);
            closeAll(fds);
        }
    }

    private static void closeAll(int[] fds) {
        for (int fd : fds) {
            if (fd != NO_FD) {
                LinuxFile.close(fd);
            }
        }
    }

    private HelloReply welcome() {
        int groupCount = packet.getInt(ControlDescriptor.WELCOME_GROUP_COUNT_OFFSET);
        if (groupCount < 0 || groupCount > ControlDescriptor.MAX_GROUPS) {
            throw new ErrnoException(Errno.EPROTO, "the greeting names " + groupCount + " groups");
        }
        int[] groups = new int[groupCount];
        for (int i = 0; i < groupCount; i++) {
            groups[i] = packet.getInt(ControlDescriptor.WELCOME_GROUPS_OFFSET + i * Integer.BYTES);
        }
        PeerCredentials self = new PeerCredentials(
            packet.getInt(ControlDescriptor.WELCOME_PID_OFFSET),
            packet.getInt(ControlDescriptor.WELCOME_UID_OFFSET),
            packet.getInt(ControlDescriptor.WELCOME_GID_OFFSET),
            groups);
        return new HelloReply(
            packet.getInt(ControlDescriptor.WELCOME_CLIENT_ID_OFFSET),
            packet.getLong(ControlDescriptor.WELCOME_EPOCH_OFFSET),
            new UUID(packet.getLong(ControlDescriptor.WELCOME_UUID_HIGH_OFFSET),
                packet.getLong(ControlDescriptor.WELCOME_UUID_LOW_OFFSET)),
            packet.getLimits(ControlDescriptor.WELCOME_LIMITS_OFFSET),
            new Credentials(self, packet.getLong(ControlDescriptor.WELCOME_CAPABILITIES_OFFSET)));
    }

    private void receive(String request, int[] fds) {
        while (!socket.awaitReadable(INTERRUPT_CHECK_MS)) {
            if (Thread.interrupted()) {
                throw new ErrnoException(Errno.EINTR, request + " was interrupted");
            }
        }
        int length = socket.receive(packet.buffer(), 0, ControlDescriptor.MAX_LENGTH, fds);
        if (length == 0) {
            throw new ErrnoException(Errno.ECONNRESET, "the daemon of " + directory + " went away");
        }
        packet.length(length);
        if (packet.getInt(ControlDescriptor.REPLY_CORRELATION_OFFSET) != correlation) {
            throw new ErrnoException(Errno.EPROTO, "the reply to " + request + " belongs to another request");
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

    private static void checkName(String name) {
        String objection = QueueName.objection(name);
        if (!objection.isEmpty()) {
            throw new ErrnoException(Errno.EINVAL, objection);
        }
    }
}
