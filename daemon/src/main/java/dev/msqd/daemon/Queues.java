package dev.msqd.daemon;

import static dev.msqd.client.control.ControlDescriptor.IPC_CREAT;
import static dev.msqd.client.control.ControlDescriptor.IPC_EXCL;
import static dev.msqd.client.control.ControlDescriptor.IPC_PRIVATE;
import static dev.msqd.client.control.ControlDescriptor.NO_MSQID;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.Access;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.QueueName;
import dev.msqd.client.control.StatKind;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.Sleeper;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.agrona.concurrent.EpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * msgget and msgctl, by System V's rules. One thread at a time.
 *
 * <p>A creation makes the memory first and the registry entry last; a removal the other way round. So a queue of the
 * registry has its memory, and what has memory but no entry was never acknowledged, or is removed.
 */
final class Queues implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Queues.class);

    private final Registry registry;
    private final HotQueues hotQueues;
    private final Keepers keepers;
    private final Upkeep upkeep;
    private final HotDirectory hot;
    private final SystemWide system;
    private final int segmentLength;
    private final Durability durability;
    private final EpochClock clock;
    private final NavigableMap<Integer, ServedQueue> byIndex = new TreeMap<>();
    private int chosenMsqid = NO_MSQID;

    /**
     * @param segmentLength bytes of the segments of a new queue, unless it is a small one
     * @param durability    that of a new queue whose maker names none
     */
    Queues(Registry registry, HotDirectory hot, HotQueues hotQueues, Keepers keepers, SystemWide system,
        int segmentLength, Durability durability, EpochClock clock) {
        this.registry = registry;
        this.hot = hot;
        this.hotQueues = hotQueues;
        this.keepers = keepers;
        this.upkeep = new Upkeep(keepers);
        this.system = system;
        this.segmentLength = segmentLength;
        this.durability = durability;
        this.clock = clock;
    }

    /**
     * Opens every queue's memory. One that cannot be opened is reported, and the others are served.
     *
     * @param inUse whether there may be clients that are attached to queues already
     */
    void open(boolean inUse) {
        for (int index : registry.suspects()) {
            LOG.warn("{}", registry.isDamaged(index) ? damageText(index)
                : "entry " + index + " of " + registry.file()
                    + ": one of its two copies is torn or damaged; the other holds");
        }
        hotQueues.deleteStrays(registry);
        for (RegistryEntry entry : registry.entries()) {
            ServedQueue queue = new ServedQueue(entry, inUse);
            byIndex.put(entry.index(), queue);
            try {
                keepers.of(queue);
            } catch (ErrnoException e) {
                LOG.debug("queue {} is at fault: {}", entry.msqid(), queue.fault());
            }
        }
        recount();
    }

    /** All queues whose registry entry can be read. */
    Collection<ServedQueue> all() {
        return byIndex.values();
    }

    /** What the daemon does for them unasked. */
    Upkeep upkeep() {
        return upkeep;
    }

    /** Those of them from an index on, in index order. */
    Collection<ServedQueue> from(int index) {
        return byIndex.tailMap(index).values();
    }

    Limits limits() {
        return system.limits();
    }

    /** Changes limits (R76, R77); returns all. */
    Limits limits(Credentials caller, LimitSettings settings) {
        Limits changed = system.set(caller, settings);
        recount();
        return changed;
    }

    /** The id that somebody chose for the next queue, or NO_MSQID. */
    int chosenMsqid() {
        return chosenMsqid;
    }

    /** Chooses the id of the next queue (Linux's msg_next_id); who may change limits may. */
    void chooseMsqid(Credentials caller, int msqid) {
        system.checkMayChange(caller);
        chosenMsqid = msqid;
    }

    /** What every client is handed. */
    int[] system() {
        return system.fds();
    }

    /** msgget by key (R1 .. R11). */
    int get(Credentials caller, int key, int msgflg, QueueOptions options) {
        if (key == IPC_PRIVATE) {
            return create(caller, key, "", msgflg, options);
        }
        return get(caller, registry.byKey(key), key, "", msgflg, options);
    }

    /** msgget by name: the same rules; a new queue's key follows from the name. */
    int get(Credentials caller, String name, int msgflg, QueueOptions options) {
        checkName(name);
        RegistryEntry entry = registry.byName(name);
        return get(caller, entry, entry == null ? freeKey(name) : entry.key(), name, msgflg, options);
    }

    /** A name's queue; open to everyone, as any id is (R6). */
    int resolve(String name) {
        checkName(name);
        RegistryEntry entry = registry.byName(name);
        if (entry == null) {
            throw new ErrnoException(Errno.ENOENT, "there is no queue named '" + name + "'");
        }
        return entry.msqid();
    }

    /** A queue that the caller may read or write, with its keeper in place. */
    ServedQueue attach(Credentials caller, int msqid) {
        ServedQueue queue = find(msqid);
        if (rights(caller, queue) == 0) {
            throw new ErrnoException(Errno.EACCES, "queue " + msqid + ": neither read nor write permission (mode 0"
                + Integer.toOctalString(queue.entry().mode()) + ")");
        }
        keepers.of(queue);
        return queue;
    }

    /** A queue with its keeper in place. */
    ServedQueue opened(int msqid) {
        ServedQueue queue = find(msqid);
        keepers.of(queue);
        return queue;
    }

    /** Which of read and write the caller may. */
    static int rights(Credentials caller, ServedQueue queue) {
        RegistryEntry entry = queue.entry();
        return Access.granted(caller, entry.uid(), entry.gid(), entry.cuid(), entry.cgid(), entry.mode())
            & (Access.READ | Access.WRITE);
    }

    /** IPC_STAT (R60), MSG_STAT (R72), MSG_STAT_ANY (R73). */
    MsqidDs stat(Credentials caller, int msqidOrIndex, StatKind kind) {
        ServedQueue queue = kind == StatKind.STAT ? find(msqidOrIndex) : findByIndex(msqidOrIndex);
        if (kind != StatKind.STAT_ANY && !Access.permits(rights(caller, queue), Access.READ)) {
            throw new ErrnoException(Errno.EACCES, "queue " + queue.entry().msqid() + ": no read permission (mode 0"
                + Integer.toOctalString(queue.entry().mode()) + ")");
        }
        return keepers.use(queue, queue::describe);
    }

    /** The first index in use at or after this one, or -1. */
    int nextIndex(int index) {
        return registry.nextIndex(index);
    }

    /** The queue at an index in use, usable or not; open to everyone (R79). */
    MsqidDs describe(int index) {
        ServedQueue queue = byIndex.get(index);
        if (queue == null) {
            return new MsqidDs(index, 0, "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                Durability.PROCESS, Retention.NONE, damageText(index));
        }
        if (queue.described() != null) {
            return queue.described();
        }
        if (queue.fault().isEmpty()) {
            try {
                return keepers.use(queue, queue::describe);
            } catch (ErrnoException e) {
                LOG.debug("queue {} is at fault: {}", queue.entry().msqid(), queue.fault());
            }
        }
        return queue.describeAtFault();
    }

    /** IPC_SET (R61 .. R68). */
    void set(Credentials caller, int msqid, QueueSettings settings) {
        ServedQueue queue = find(msqid);
        RegistryEntry entry = queue.entry();
        checkOwner(caller, entry);
        long qbytes = settings.qbytes().orElse(entry.qbytes());
        if (settings.qbytes().isPresent()) {
            checkQbytes(caller, qbytes);
        }
        int uid = settings.uid().orElse(entry.uid());
        int gid = settings.gid().orElse(entry.gid());
        if (uid == -1 || gid == -1) {
            throw new ErrnoException(Errno.EINVAL, "queue " + msqid + ": -1 is not a user's or group's id");
        }
        QueueKeeper keeper = keepers.of(queue);
        int mode = settings.mode().orElse(entry.mode()) & Access.MODE_MASK;
        RegistryEntry changed = entry.with(uid, gid, mode, qbytes, nowSeconds())
            .with(settings.durability().orElse(entry.durability()), settings.retention().orElse(entry.retention()));
        registry.update(changed);
        queue.entry(changed);
        keeper.apply(uid, gid, mode, qbytes, changed.ctimeSeconds());
        if (changed.durability() != entry.durability()) {
            keeper.state().durability(changed.durability());
        }
        keepers.changed(queue);
    }

    /** IPC_RMID (R62, R69); also of a queue whose files are damaged. */
    void remove(Credentials caller, int msqid) {
        int index = msqid & MsqidDs.INDEX_MASK;
        if (msqid >= 0 && registry.isDamaged(index)) {
            removeDamaged(caller, index);
            return;
        }
        ServedQueue queue = find(msqid);
        checkOwner(caller, queue.entry());
        keepers.prepareRemoval(queue);
        registry.remove(queue.entry());
        byIndex.remove(index);
        keepers.remove(queue);
        recount();
        system.ring();
    }

    /** Who is asleep on a queue; open to everyone. */
    Asleep asleep(int msqid) {
        ServedQueue queue = find(msqid);
        if (queue.described() != null) {
            return new Asleep(List.of(), 0, system.logAgeNs()); // nobody is attached
        }
        return keepers.use(queue, keeper -> new Asleep(keeper.sleepers(),
            StateDescriptor.faultErrno(keeper.state().logFault()), system.logAgeNs()));
    }

    /**
     * Who is asleep on a queue, and how its log is.
     *
     * @param logErrno what keeps the queue's log from being written, or 0
     * @param logAgeNs how long ago all queues' logs were up to date, nanoseconds
     */
    record Asleep(List<Sleeper> sleepers, int logErrno, long logAgeNs) {}

    /** IPC_INFO and MSG_INFO (R70, R71). */
    SystemInfo info() {
        long messages = 0;
        long bytes = 0;
        for (ServedQueue queue : byIndex.values()) {
            MsqidDs ds = describe(queue.entry().index());
            messages += ds.qnum();
            bytes += ds.cbytes();
        }
        return new SystemInfo(limits(), Math.max(registry.highestIndex(), 0), registry.size(), messages, bytes);
    }

    /** What clients count together may be wrong now (R78). */
    void recount() {
        system.doubt();
        count();
    }

    /** Counts all messages if it is time to. */
    void count() {
        system.count(byIndex.values(), keepers, System.nanoTime());
    }

    /** What msqid_ds says of last uses comes on disk now and then. */
    void noteTimes(long nowNs) {
        keepers.noteTimes(nowNs);
    }

    /** How many there are. */
    int size() {
        return byIndex.size();
    }

    /** Lets go of all memory; the files stay. */
    @Override
    public void close() {
        keepers.close();
        byIndex.clear();
    }

    private int get(Credentials caller, RegistryEntry entry, int key, String name, int msgflg, QueueOptions options) {
        String what = name.isEmpty() ? "key 0x" + Integer.toHexString(key) : "'" + name + "'";
        if (entry == null) {
            if ((msgflg & IPC_CREAT) == 0) {
                throw new ErrnoException(Errno.ENOENT, "there is no queue " + what);
            }
            return create(caller, key, name, msgflg, options);
        }
        if ((msgflg & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL)) {
            throw new ErrnoException(Errno.EEXIST, "there is a queue " + what + " already: " + entry.msqid());
        }
        int granted =
            Access.granted(caller, entry.uid(), entry.gid(), entry.cuid(), entry.cgid(), entry.mode());
        if (!Access.permits(granted, Access.requested(msgflg))) {
            throw new ErrnoException(Errno.EACCES, "queue " + what + ": mode 0" + Integer.toOctalString(entry.mode())
                + " does not give user " + Integer.toUnsignedString(caller.uid()) + " what was asked for, 0"
                + Integer.toOctalString(msgflg & Access.MODE_MASK));
        }
        return entry.msqid();
    }

    private int create(Credentials caller, int key, String name, int msgflg, QueueOptions options) {
        if (registry.size() >= limits().msgmni()) {
            throw new ErrnoException(Errno.ENOSPC, "another queue would be number " + (registry.size() + 1)
                + "; the limit msgmni is " + limits().msgmni());
        }
        if (options.qbytes().isPresent()) {
            checkQbytes(caller, options.qbytes().getAsLong());
        }
        boolean chosen = chosenMsqid != NO_MSQID;
        int wanted = chosenMsqid;
        chosenMsqid = NO_MSQID;
        long qbytes = options.qbytes().orElse(limits().msgmnb());
        RegistryEntry entry = new RegistryEntry(
            chosen ? registry.freeMsqidFrom(wanted) : registry.nextMsqid(), key, name, caller.uid(), caller.gid(),
            caller.uid(), caller.gid(),
            msgflg & Access.MODE_MASK, qbytes, nowSeconds(), registry.nextSerial(),
            UUID.randomUUID(), QueueMemory.segmentLength(qbytes, segmentLength),
            options.durability().orElse(durability), options.retention());
        QueueKeeper keeper = createKeeper(entry);
        try {
            if (chosen) {
                registry.addChosen(entry);
            } else {
                registry.add(entry);
            }
        } catch (RuntimeException e) {
            hotQueues.remove(entry.msqid(), keeper);
            throw e;
        }
        ServedQueue queue = new ServedQueue(entry, false);
        byIndex.put(entry.index(), queue);
        keepers.serve(queue, keeper);
        return entry.msqid();
    }

    /** ENOSPC is the answer to too many queues: what is short here is memory (R11). */
    private QueueKeeper createKeeper(RegistryEntry entry) {
        try {
            return keepers.create(entry);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.ENOSPC
                ? new ErrnoException(Errno.ENOMEM, "no room for a queue in the hot directory "
                    + hot.path() + " (msqd.hot.dir): " + e.getMessage(), e)
                : e;
        }
    }

    private void removeDamaged(Credentials caller, int index) {
        if (!caller.has(Processes.CAP_SYS_ADMIN) && caller.uid() != Processes.effectiveUid()) {
            throw new ErrnoException(Errno.EPERM, damageText(index) + "; only the daemon's own user may give it up");
        }
        registry.discardDamaged(index);
        hotQueues.removeStraysAt(index);
    }

    private ServedQueue find(int msqid) {
        ServedQueue queue = lookUp(msqid);
        if (queue == null || queue.entry().msqid() != msqid) {
            throw new ErrnoException(Errno.EINVAL, "there is no queue " + msqid);
        }
        return queue;
    }

    private ServedQueue findByIndex(int reference) {
        ServedQueue queue = lookUp(reference);
        if (queue == null) {
            throw new ErrnoException(Errno.EINVAL, "there is no queue at index " + reference);
        }
        return queue;
    }

    /** The queue at the index that is in the lowest bits (R12, R72), or null. */
    private ServedQueue lookUp(int reference) {
        if (reference < 0) {
            return null;
        }
        int index = reference & MsqidDs.INDEX_MASK;
        ServedQueue queue = byIndex.get(index);
        if (queue == null && registry.isDamaged(index)) {
            throw new ErrnoException(Errno.EIO, damageText(index));
        }
        return queue;
    }

    private void checkOwner(Credentials caller, RegistryEntry entry) {
        if (!Access.owns(caller, entry.uid(), entry.cuid())) {
            throw new ErrnoException(Errno.EPERM, "queue " + entry.msqid() + " is not user "
                + Integer.toUnsignedString(caller.uid()) + "'s");
        }
    }

    private void checkQbytes(Credentials caller, long qbytes) {
        if (!Access.mayLimit(caller, qbytes, limits().msgmnb())) {
            throw new ErrnoException(Errno.EPERM, "qbytes " + Long.toUnsignedString(qbytes) + " is above msgmnb, "
                + limits().msgmnb() + ": that needs CAP_SYS_RESOURCE");
        }
        if (qbytes < 0) {
            throw new ErrnoException(Errno.EINVAL, "qbytes " + Long.toUnsignedString(qbytes) + " is above "
                + Long.MAX_VALUE);
        }
    }

    private static void checkName(String name) {
        String objection = QueueName.objection(name);
        if (!objection.isEmpty()) {
            throw new ErrnoException(Errno.EINVAL, objection);
        }
    }

    /** A key for a new name: its CRC32C, or the next one that is free; never IPC_PRIVATE. */
    private int freeKey(String name) {
        CRC32C hash = new CRC32C();
        hash.update(name.getBytes(StandardCharsets.UTF_8));
        int key = (int) hash.getValue();
        while (key == IPC_PRIVATE || registry.byKey(key) != null) {
            key++;
        }
        return key;
    }

    private long nowSeconds() {
        return TimeUnit.MILLISECONDS.toSeconds(clock.time());
    }

    private String damageText(int index) {
        return "entry " + index + " of " + registry.file() + " is damaged: neither of its copies can be read";
    }
}
