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
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.QueueWaiters;
import dev.msqd.client.Retention;
import dev.msqd.client.Waiter;
import dev.msqd.client.control.ControlConnection.Lost;
import dev.msqd.layout.Durability;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

    private static final int[] NO_FDS = {};

    private final ControlConnection connection;

    private ControlClient(ControlConnection connection) {
        this.connection = connection;
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
        return new ControlClient(new ControlConnection(directory, reconnectTimeoutMs, null));
    }

    /**
     * Connects on behalf of somebody else, who is judged in this client's stead.
     *
     * @throws ErrnoException also EPERM unless this process is root's, or has all that the other one has
     */
    public static ControlClient connect(Path directory, Credentials actsFor) {
        return new ControlClient(new ControlConnection(directory, RECONNECT_TIMEOUT_MS, actsFor));
    }

    /** What the daemon said last time this client connected. A new {@link HelloReply#clientId()} means: attach anew. */
    public HelloReply hello() {
        return connection.hello();
    }

    /** The data directory. */
    public Path directory() {
        return connection.directory();
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
        return connection.ask(ControlDescriptor.GET, creates ? Lost.FAIL : Lost.ASK_AGAIN, NO_FDS, p -> {
            p.putInt(ControlDescriptor.GET_KEY_OFFSET, key);
            p.putInt(ControlDescriptor.GET_MSGFLG_OFFSET, msgflg);
            p.putLong(ControlDescriptor.GET_QBYTES_OFFSET, options.qbytes().orElse(ControlDescriptor.DEFAULT_QBYTES));
            p.putInt(ControlDescriptor.GET_DURABILITY_OFFSET,
                options.durability().map(Durability::code).orElse(ControlDescriptor.DEFAULT_DURABILITY));
            p.putRetention(ControlDescriptor.GET_KEEP_SECONDS_OFFSET, options.retention());
            p.putText(ControlDescriptor.GET_NAME_OFFSET, name);
        }, p -> p.getInt(MSQID_OFFSET));
    }

    /**
     * A name's queue.
     *
     * @throws ErrnoException ENOENT naming it, EINVAL for what cannot be a name
     */
    public int resolve(String name) {
        checkName(name);
        return connection.ask(ControlDescriptor.RESOLVE, p -> p.putText(ControlDescriptor.RESOLVE_NAME_OFFSET, name),
            p -> p.getInt(MSQID_OFFSET));
    }

    /**
     * Leave to use a queue's memory.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's, EACCES without read and write permission, EIO when
     *                        the queue's files are damaged, ENOSPC when they could not be made
     */
    public AttachReply attach(int msqid) {
        int[] fds = new int[1];
        int rights = connection.ask(ControlDescriptor.ATTACH, Lost.ASK_AGAIN, fds, p -> p.putInt(MSQID_OFFSET, msqid),
            p -> p.getInt(ControlDescriptor.ATTACH_RIGHTS_OFFSET));
        return new AttachReply(rights, brought(fds, ControlDescriptor.ATTACH));
    }

    /**
     * IPC_STAT, MSG_STAT or MSG_STAT_ANY.
     *
     * @param msqid an id, or with STAT_INDEX and STAT_ANY a table index
     * @throws ErrnoException EINVAL, EACCES; EIO when the queue's files are damaged
     */
    public MsqidDs stat(int msqid, StatKind kind) {
        return connection.ask(ControlDescriptor.STAT, p -> {
            p.putInt(MSQID_OFFSET, msqid);
            p.putInt(ControlDescriptor.STAT_KIND_OFFSET, kind.ordinal());
        }, p -> MsqidDsCodec.decode(p, BODY_OFFSET));
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
     * Who is asleep on a queue; no permission is needed. Of a queue that more wait on than fit in a packet, not all as of one moment.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's, EIO when the queue's files are damaged
     */
    public QueueWaiters waiters(int msqid) {
        List<Waiter> waiters = new ArrayList<>();
        WaitersPage page = waiters(msqid, 0, waiters);
        while (page.next != LIST_END) {
            page = waiters(msqid, page.next, waiters);
        }
        // Those without a place at the end, who waits longest first.
        waiters.sort(Comparator.comparing((Waiter waiter) -> waiter.ticket() == 0 ? Long.MAX_VALUE : waiter.ticket())
            .thenComparing(Waiter::asleepNs, Comparator.reverseOrder()));
        return new QueueWaiters(List.copyOf(waiters), page.logErrno, page.logAgeNs);
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
        connection.ask(ControlDescriptor.SET, p -> {
            p.putInt(MSQID_OFFSET, msqid);
            p.putInt(ControlDescriptor.SET_MASK_OFFSET, mask);
            p.putInt(ControlDescriptor.SET_UID_OFFSET, settings.uid().orElse(0));
            p.putInt(ControlDescriptor.SET_GID_OFFSET, settings.gid().orElse(0));
            p.putInt(ControlDescriptor.SET_MODE_OFFSET, settings.mode().orElse(0));
            p.putInt(ControlDescriptor.SET_DURABILITY_OFFSET, settings.durability().map(Durability::code).orElse(0));
            p.putLong(ControlDescriptor.SET_QBYTES_OFFSET, settings.qbytes().orElse(0));
            p.putRetention(ControlDescriptor.SET_KEEP_SECONDS_OFFSET, settings.retention().orElse(Retention.NONE));
        }, p -> null);
    }

    /**
     * IPC_RMID: durable when this returns.
     *
     * @throws ErrnoException EINVAL, EPERM; EIO when it could not be stored
     */
    public void remove(int msqid) {
        connection.ask(ControlDescriptor.REMOVE, Lost.GONE_IS_DONE, NO_FDS, p -> p.putInt(MSQID_OFFSET, msqid),
            p -> null);
    }

    /** IPC_INFO and MSG_INFO. */
    public SystemInfo info() {
        return connection.ask(ControlDescriptor.INFO, p -> {}, p -> new SystemInfo(
            p.getLimits(ControlDescriptor.INFO_LIMITS_OFFSET),
            p.getInt(ControlDescriptor.INFO_HIGHEST_INDEX_OFFSET),
            p.getLong(ControlDescriptor.INFO_QUEUES_OFFSET),
            p.getLong(ControlDescriptor.INFO_MESSAGES_OFFSET),
            p.getLong(ControlDescriptor.INFO_BYTES_OFFSET)));
    }

    /** The limits as they are now. */
    public Limits limits() {
        return connection.ask(ControlDescriptor.LIMITS_GET, p -> {}, p -> p.getLimits(BODY_OFFSET));
    }

    /**
     * Chooses the id of the next new queue.
     *
     * @param msqid or {@link ControlDescriptor#NO_MSQID}: chooses none
     * @return what is chosen now, or {@link ControlDescriptor#NO_MSQID}
     * @throws ErrnoException EPERM, EINVAL
     */
    public int nextId(int msqid) {
        return connection.ask(ControlDescriptor.NEXT_ID, p -> p.putInt(MSQID_OFFSET, msqid),
            p -> p.getInt(MSQID_OFFSET));
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
        return connection.ask(ControlDescriptor.LIMITS_SET, p -> {
            p.putInt(ControlDescriptor.LIMITS_SET_MASK_OFFSET, mask);
            p.putLimits(ControlDescriptor.LIMITS_SET_LIMITS_OFFSET, settings.appliedTo(new Limits(0, 0, 0, 0)));
        }, p -> p.getLimits(BODY_OFFSET));
    }

    /**
     * The descriptor of the daemon's counters, for reading; the caller's from now on. No permission is needed.
     *
     * @param msqid a queue whose counters are to be of this moment, or {@link ControlDescriptor#NO_MSQID}
     * @throws ErrnoException EINVAL for an id that is no queue's, EIO when its files are damaged; ENOSPC when the hot directory had no room
     *                        for counters
     */
    public int counters(int msqid) {
        int[] fds = new int[1];
        connection.ask(ControlDescriptor.COUNTERS, Lost.ASK_AGAIN, fds, p -> p.putInt(MSQID_OFFSET, msqid), p -> null);
        return brought(fds, ControlDescriptor.COUNTERS);
    }

    /**
     * Has the calls of all clients traced as long as this connection lasts. Who traces asks again now and then: when another daemon
     * came, it is told, and when tracing fails, the caller is.
     *
     * @return false while the daemon is preparing for it
     * @throws ErrnoException EPERM; EOPNOTSUPP when the daemon's JVM can't; EIO when the trace could not be written
     */
    public boolean trace() {
        return connection.ask(ControlDescriptor.TRACE, p -> {}, p -> p.getInt(ControlDescriptor.TRACE_ON_OFFSET) != 0);
    }

    /** Was the hot directory made anew since this client connected? What it has of it is nobody's, and it must connect anew. */
    public boolean hotDirectoryLost() {
        return connection.handover().hotDirectoryLost();
    }

    /** What all queues share, as the daemon handed it over when this client was new to it. */
    public SystemLimits system() {
        return connection.handover().system();
    }

    /** Descriptor of this client's trace ring, from the daemon's first greeting. It stays this object's. */
    public int traceFd() {
        return connection.handover().traceFd();
    }

    /** Says good-bye: the caller has given up every slot and every message. Does not wait for the daemon. */
    @Override
    public void close() {
        connection.close();
    }

    private int list(int first, List<MsqidDs> queues) {
        return connection.ask(ControlDescriptor.LIST, p -> p.putInt(ControlDescriptor.LIST_FIRST_INDEX_OFFSET, first),
            p -> {
                int count = p.getInt(LIST_COUNT_OFFSET);
                int offset = LIST_ELEMENTS_OFFSET;
                for (int i = 0; i < count; i++) {
                    queues.add(MsqidDsCodec.decode(p, offset));
                    offset = BitUtil.align(offset + MsqidDsCodec.length(p, offset), ControlDescriptor.LIST_ALIGNMENT);
                }
                return forwards(ControlDescriptor.LIST, first, p.getInt(LIST_NEXT_INDEX_OFFSET));
            });
    }

    /** What a reply to WAITERS says beside those who wait. */
    private record WaitersPage(int next, int logErrno, long logAgeNs) {}

    private WaitersPage waiters(int msqid, int first, List<Waiter> waiters) {
        return connection.ask(ControlDescriptor.WAITERS, p -> {
            p.putInt(MSQID_OFFSET, msqid);
            p.putInt(ControlDescriptor.WAITERS_FIRST_OFFSET, first);
        }, p -> {
            int count = p.getInt(ControlDescriptor.WAITERS_COUNT_OFFSET);
            int offset = ControlDescriptor.WAITERS_ELEMENTS_OFFSET;
            for (int i = 0; i < count; i++) {
                waiters.add(WaiterCodec.decode(p, offset));
                offset = BitUtil.align(offset + WaiterCodec.length(p, offset), ControlDescriptor.LIST_ALIGNMENT);
            }
            return new WaitersPage(
                forwards(ControlDescriptor.WAITERS, first, p.getInt(ControlDescriptor.WAITERS_NEXT_OFFSET)),
                p.getInt(ControlDescriptor.WAITERS_LOG_ERRNO_OFFSET),
                p.getLong(ControlDescriptor.WAITERS_LOG_AGE_OFFSET));
        });
    }

    /** Where the next packet of a long answer begins; a daemon that went back would be asked for ever. */
    private static int forwards(int type, int first, int next) {
        if (next != LIST_END && next <= first) {
            throw new ErrnoException(Errno.EPROTO,
                ControlDescriptor.nameOf(type) + " went back from " + first + " to " + next);
        }
        return next;
    }

    private static int brought(int[] fds, int type) {
        if (fds[0] < 0) {
            throw new ErrnoException(Errno.EPROTO,
                "the reply to " + ControlDescriptor.nameOf(type) + " brought no descriptor");
        }
        return fds[0];
    }

    private static void checkName(String name) {
        String objection = QueueName.objection(name);
        if (!objection.isEmpty()) {
            throw new ErrnoException(Errno.EINVAL, objection);
        }
    }
}
