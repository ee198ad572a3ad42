package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Processes;
import dev.msqd.client.control.ControlClient;
import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.DataDirectory;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.StatKind;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import dev.msqd.queue.Endpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.agrona.CloseHelper;

/**
 * A connection to the daemon of a data directory. Any thread.
 *
 * <p>The daemon is asked to make, find, describe, change and remove queues, and once for each queue that is opened. Messages do
 * not pass through it: while it is away, open queues work on; requests wait for it (see {@link ControlClient}).
 */
public final class Msqd implements AutoCloseable {
    /** msgget: make the queue if it does not exist. */
    public static final int IPC_CREAT = 01000;
    /** msgget, with IPC_CREAT: fail with EEXIST if it does. */
    public static final int IPC_EXCL = 02000;
    /** Key of a queue that nobody finds by key. */
    public static final int IPC_PRIVATE = 0;

    private final ControlClient control;
    private final AutoCloseable daemon;
    private final Map<Integer, AttachedQueue> attached = new HashMap<>();
    private final Set<MessageQueue> open = new HashSet<>();
    private final int clientId;
    private final CallTrace trace;
    private boolean closed;

    private Msqd(ControlClient control, AutoCloseable daemon) {
        this.control = control;
        this.daemon = daemon;
        this.clientId = control.hello().clientId();
        this.trace = new CallTrace(control.system(), control.traceFd());
    }

    /**
     * Connects to the daemon of the default data directory.
     *
     * @throws ErrnoException ECONNREFUSED when none serves it
     */
    public static Msqd connect() {
        return connect(defaultDirectory());
    }

    /**
     * Connects to the daemon that serves a data directory.
     *
     * @throws ErrnoException ECONNREFUSED when none serves it
     */
    public static Msqd connect(Path dataDirectory) {
        return new Msqd(ControlClient.connect(dataDirectory), () -> {});
    }

    /**
     * Connects on behalf of another process, with its rights instead of this one's.
     *
     * @throws ErrnoException also EPERM unless this process is root's, or has all the rights that the other one has
     */
    public static Msqd connect(Path dataDirectory, Credentials actsFor) {
        return new Msqd(ControlClient.connect(dataDirectory, actsFor), () -> {});
    }

    /**
     * Starts a daemon in this process and connects to it. Other processes may connect to it as well. Closing the connection
     * stops the daemon. Needs msqd-daemon on the class path.
     *
     * @throws ErrnoException ENOSYS without msqd-daemon; EBUSY when another daemon serves the directory
     */
    public static Msqd embedded(Path dataDirectory) {
        DaemonProvider provider = ServiceLoader.load(DaemonProvider.class).findFirst()
            .orElseThrow(
                () -> new ErrnoException(Errno.ENOSYS, "no embedded daemon: msqd-daemon is not on the class path"));
        AutoCloseable daemon = provider.start(dataDirectory);
        try {
            return new Msqd(ControlClient.connect(dataDirectory), daemon);
        } catch (RuntimeException e) {
            CloseHelper.close(daemon);
            throw e;
        }
    }

    /** {@code $MSQD_DIR}; else {@code /var/lib/msqd} for root, {@code ${XDG_STATE_HOME:-~/.local/state}/msqd} for others. */
    public static Path defaultDirectory() {
        return DataDirectory.byDefault();
    }

    /**
     * msgget (R1–R16).
     *
     * @param msgflg IPC_CREAT, IPC_EXCL, and the nine permission bits
     * @return the msqid
     * @throws ErrnoException ENOENT, EEXIST, EACCES, ENOSPC, ENOMEM
     */
    public int get(int key, int msgflg) {
        return get(key, msgflg, QueueOptions.none());
    }

    /** The same for a named queue: the name is kept with the queue and stands for its key. */
    public int get(String name, int msgflg) {
        return get(name, msgflg, QueueOptions.none());
    }

    /**
     * The same with a limit for a queue that is made now.
     *
     * @param qbytes bytes, 0 to msgmnb; -1 for msgmnb
     * @throws ErrnoException also EPERM above msgmnb, without CAP_SYS_RESOURCE
     */
    public int get(String name, int msgflg, long qbytes) {
        return get(name, msgflg, QueueOptions.ofQbytes(qbytes));
    }

    /** The same by key. */
    public int get(int key, int msgflg, long qbytes) {
        return get(key, msgflg, QueueOptions.ofQbytes(qbytes));
    }

    /**
     * The same with a limit, a durability and a history for a queue that is made now; one that exists keeps its own.
     *
     * @throws ErrnoException also EPERM for a limit above msgmnb, without CAP_SYS_RESOURCE
     */
    public int get(String name, int msgflg, QueueOptions options) {
        return trace.get(IPC_PRIVATE, msgflg, () -> control.get(IPC_PRIVATE, name, msgflg, options));
    }

    /** The same by key. */
    public int get(int key, int msgflg, QueueOptions options) {
        return trace.get(key, msgflg, () -> control.get(key, "", msgflg, options));
    }

    /**
     * What people call a queue: {@code 0x1f} is a key, {@code 12} an id, everything else a name.
     *
     * @return the msqid
     * @throws ErrnoException ENOENT naming what was not found, EINVAL for what is none of the three
     */
    public int resolve(String reference) {
        if (reference.startsWith("0x") || reference.startsWith("0X")) {
            int key = parseKey(reference);
            if (key == IPC_PRIVATE) {
                throw new ErrnoException(Errno.EINVAL,
                    "key " + reference + " is nobody's: it makes a new queue (IPC_PRIVATE)");
            }
            return get(key, 0);
        }
        if (!reference.isEmpty() && reference.chars().allMatch(c -> c >= '0' && c <= '9')) {
            try {
                return Integer.parseInt(reference);
            } catch (NumberFormatException e) {
                throw new ErrnoException(Errno.EINVAL, "queue id " + reference + " is above " + Integer.MAX_VALUE, e);
            }
        }
        return control.resolve(reference);
    }

    /**
     * A key as people write it.
     *
     * @throws ErrnoException EINVAL unless it is 0x and 1 to 8 hexadecimal digits
     */
    public static int parseKey(String key) {
        try {
            return Integer.parseUnsignedInt(key.substring(2), 16);
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new ErrnoException(Errno.EINVAL, "key " + key + " is not 0x and 1 to 8 hexadecimal digits", e);
        }
    }

    /**
     * Opens a queue for one thread at a time. Opening it once more, for another thread, costs little.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's, EACCES without read and write permission, EIO when the
     *                        queue's files are damaged, ENOSPC when its endpoints are used up or the hot directory is full
     */
    public synchronized MessageQueue open(int msqid) {
        checkOpen();
        AttachedQueue queue = attached.get(msqid);
        if (queue == null || queue.memory().state().removed() || control.hotDirectoryLost()) {
            queue = attach(msqid);
            attached.put(msqid, queue);
        }
        queue.addUser();
        AttachedQueue used = queue;
        MessageQueue[] opened = new MessageQueue[1];
        try {
            Endpoint endpoint = new Endpoint(queue.chain(), clientId, Processes.self(),
                control.system(), this::rights,
                () -> leave(msqid, used, opened[0]));
            opened[0] = new MessageQueue(this, endpoint);
        } catch (RuntimeException e) {
            leave(msqid, used, null);
            throw e;
        }
        open.add(opened[0]);
        return opened[0];
    }

    /**
     * IPC_STAT (R60).
     *
     * @throws ErrnoException EINVAL, EACCES, EIO
     */
    public MsqidDs stat(int msqid) {
        return trace.control(msqid, SysV.IPC_STAT, () -> control.stat(msqid, StatKind.STAT), ds -> 0);
    }

    /** MSG_STAT and MSG_STAT_ANY: by table index (R72, R73). */
    public MsqidDs stat(int index, StatKind kind) {
        int cmd = switch (kind) {
            case STAT -> SysV.IPC_STAT;
            case STAT_INDEX -> SysV.MSG_STAT;
            case STAT_ANY -> SysV.MSG_STAT_ANY;
        };
        return trace.control(index, cmd, () -> control.stat(index, kind), ds -> kind == StatKind.STAT ? 0 : ds.msqid());
    }

    /** All queues, in index order. No permission is needed. */
    public List<MsqidDs> list() {
        return control.list();
    }

    /**
     * IPC_SET of the settings that are there (R61–R68).
     *
     * @throws ErrnoException EINVAL, EPERM, EIO
     */
    public void set(int msqid, QueueSettings settings) {
        trace.control(msqid, SysV.IPC_SET, () -> {
            control.set(msqid, settings);
            return settings;
        }, done -> 0);
    }

    /**
     * IPC_RMID (R69): durable when this returns.
     *
     * @throws ErrnoException EINVAL, EPERM, EIO
     */
    public void remove(int msqid) {
        trace.control(msqid, SysV.IPC_RMID, () -> {
            control.remove(msqid);
            return msqid;
        }, done -> 0);
    }

    /**
     * Who is asleep in msgsnd or msgrcv on a queue. No permission is needed.
     *
     * @throws ErrnoException EINVAL, EIO
     */
    public QueueWaiters waiters(int msqid) {
        return control.waiters(msqid);
    }

    /** The system's limits as they are now. */
    public Limits limits() {
        return control.limits();
    }

    /**
     * Changes the limits for all; returns what they are now. They hold until the daemon is started anew.
     *
     * @throws ErrnoException EPERM unless the caller is the daemon's user or has CAP_SYS_RESOURCE; EINVAL naming the limit and its
     *                        range (R76)
     */
    public Limits limits(LimitSettings settings) {
        return control.limits(settings);
    }

    /** The id that was chosen for the next new queue and that no queue was given yet, or -1. */
    public int chosenMsqid() {
        return control.nextId(ControlDescriptor.NO_MSQID);
    }

    /**
     * Chooses the id of the next new queue, once, as Linux's msg_next_id does: if its index (the lowest 15 bits) is taken then, the queue
     * gets the next free one.
     *
     * @throws ErrnoException EPERM for who may not change limits; EINVAL below 0
     */
    public void chooseMsqid(int msqid) {
        if (msqid < 0) {
            throw new ErrnoException(Errno.EINVAL, "no queue has the id " + msqid);
        }
        control.nextId(msqid);
    }

    /** What IPC_INFO and MSG_INFO tell (R70, R71). */
    public SystemInfo info() {
        return info(0, SysV.IPC_INFO);
    }

    SystemInfo info(int msqid, int cmd) {
        return trace.control(msqid, cmd, control::info, SystemInfo::highestIndex);
    }

    /**
     * Has the calls of all clients traced as long as this connection lasts ({@code docs/trace.md}). Who traces asks again every few
     * seconds: when another daemon came it is told so, and when the trace can't be written, the caller is.
     *
     * @return false while the daemon is preparing for it: ask again soon
     * @throws ErrnoException EPERM unless the caller is the daemon's user or has CAP_SYS_ADMIN; EOPNOTSUPP when the daemon's JVM lacks
     *                        options that it needs for that; EIO when the trace can't be written
     */
    public boolean traceCalls() {
        return control.trace();
    }

    /**
     * The daemon's counters, as of now or up to a second old. To be closed; it may be read as long as one likes. No permission is needed,
     * as for {@link #list}.
     *
     * @throws ErrnoException ENOSPC when the hot directory had no room for counters
     */
    public Statistics statistics() {
        return Statistics.adopt(control.counters(ControlDescriptor.NO_MSQID));
    }

    /**
     * The same, and a queue's counters are of this moment.
     *
     * @throws ErrnoException EINVAL for an id that is no queue's; EIO, ENOSPC
     */
    public Statistics statistics(int msqid) {
        return Statistics.adopt(control.counters(msqid));
    }

    /** Closes every queue that is still open, then the connection. Threads asleep in a call fail with EINVAL. */
    @Override
    public void close() {
        List<MessageQueue> remaining;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            remaining = new ArrayList<>(open);
        }
        // All of it, whatever can't be closed: then the daemon settles what is left.
        CloseHelper.closeAll(() -> CloseHelper.closeAll(remaining), this::detachAll, trace::close, control::close,
            daemon);
    }

    private synchronized void detachAll() {
        // A thread that is still in a call touches private memory from here on; the daemon settles its slot.
        List<QueueMemory> memories = attached.values().stream().map(AttachedQueue::memory).toList();
        attached.clear();
        CloseHelper.closeAll(memories);
    }

    /** Longest message in bytes (msgmax), as of now. */
    public long msgmax() {
        return control.system().msgmax();
    }

    CallTrace trace() {
        return trace;
    }

    private AttachedQueue attach(int msqid) {
        int fd = control.attach(msqid).fd();
        if (control.hello().clientId() != clientId || control.hotDirectoryLost()) {
            LinuxFile.close(fd);
            throw new ErrnoException(Errno.EIDRM, "the hot directory of " + control.directory()
                + " was lost while this process was connected: connect anew");
        }
        return new AttachedQueue(QueueMemory.adopt(fd, "queue " + msqid));
    }

    private int rights(QueueState state) {
        Credentials self = control.hello().credentials();
        return Access.granted(self, state.uid(), state.gid(), state.cuid(), state.cgid(), state.mode());
    }

    private synchronized void leave(int msqid, AttachedQueue queue, MessageQueue user) {
        open.remove(user);
        if (queue.removeUser()) {
            attached.remove(msqid, queue);
            queue.memory().close();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new ErrnoException(Errno.EBADF, "the connection to " + control.directory() + " is closed");
        }
    }
}
