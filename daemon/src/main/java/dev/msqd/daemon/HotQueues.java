package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import dev.msqd.log.Repair;
import dev.msqd.queue.QueueKeeper;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, opens and deletes the queues' hot files.
 *
 * <pre>
 *  found for a queue of the registry      verdict
 *  -----------------------------------    ------------------------------------------------------
 *  no folder                              the host was started anew: rebuild
 *  a folder, complete and this queue's    open; the registry's rules hold
 *  a folder, anything else                fault: the file stays as evidence, the queue gives EIO
 *
 *  found without a queue of the registry  verdict
 *  -----------------------------------    ------------------------------------------------------
 *  a folder being made                    delete
 *  a folder, its registry entry readable  its creation was never acknowledged, or its removal was:
 *                                         flag it as removed for whoever sleeps in it, delete
 *  a folder, its registry entry damaged   leave: evidence
 *  a folder that was used, its registry   the entry was lost: leave, and take the entry for
 *  entry never written                    damaged
 * </pre>
 */
final class HotQueues {
    private static final Logger LOG = LoggerFactory.getLogger(HotQueues.class);

    private final HotDirectory hot;
    private final LongPredicate alive;
    private final Journals journals;
    private final LastTimes times;

    /** @param alive whether a client id is one of a living process */
    HotQueues(HotDirectory hot, LongPredicate alive, Journals journals, LastTimes times) {
        this.hot = hot;
        this.alive = alive;
        this.journals = journals;
        this.times = times;
    }

    /**
     * Makes the hot file of a new queue: whole, or not at all.
     *
     * @throws ErrnoException ENOSPC where the hot directory's file system is full, EIO
     */
    QueueKeeper create(RegistryEntry entry) {
        return make(entry, () -> QueueMemory.create(hot.unfinishedFolder(entry.msqid()), entry.parameters()).close());
    }

    private QueueKeeper make(RegistryEntry entry, Runnable making) {
        int msqid = entry.msqid();
        try {
            hot.delete(msqid);
            making.run();
            hot.finish(msqid);
            return keeper(QueueMemory.open(hot.folder(msqid)), entry);
        } catch (RuntimeException e) {
            deleteQuietly(msqid);
            throw e;
        }
    }

    /**
     * Opens a queue's hot file, or rebuilds it if there is none.
     *
     * @throws ErrnoException EIO naming the file if it is damaged or another queue's; ENOSPC
     */
    QueueKeeper open(RegistryEntry entry) {
        Path folder = hot.folder(entry.msqid());
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return rebuild(entry);
        }
        try {
            return keeper(QueueMemory.open(folder), entry);
        } catch (ErrnoException e) {
            switch (e.errno()) {
                case Errno.EIO, Errno.ENOSPC, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM -> throw e;
                default -> LOG.debug("queue {}", entry.msqid(), e);
            }
            throw new ErrnoException(Errno.EIO, QueueMemory.file(folder) + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /**
     * Deletes a removed queue's hot file; sleepers wake with EIDRM. What fails is logged: the next start tries again.
     */
    void remove(int msqid, QueueKeeper keeper) {
        if (keeper != null) {
            try (keeper) {
                keeper.markRemoved();
            } catch (RuntimeException e) {
                LOG.warn("queue {} was removed, but not everybody could be told: {}", msqid, e.getMessage());
            }
        }
        deleteQuietly(msqid);
    }

    /** At start: deletes what belongs to no queue of the registry. */
    void deleteStrays(Registry registry) {
        hot.deleteUnfinished();
        for (int msqid : hot.folders()) {
            Path folder = hot.folder(msqid);
            noteLost(registry, msqid, () -> wasUsed(folder));
            if (isStray(msqid, registry, folder.toString())) {
                removeStray(msqid);
            }
        }
        for (int msqid : journals.folders()) {
            noteLost(registry, msqid, () -> true); // a log is begun after the creation
            if (isStray(msqid, registry, "the log " + journals.storage(msqid).name())) {
                journals.remove(msqid);
            }
        }
    }

    /** The entry of a queue that somebody was told of is written; one that is as if never written was lost. */
    private static void noteLost(Registry registry, int msqid, BooleanSupplier acknowledged) {
        int index = msqid & MsqidDs.INDEX_MASK;
        if (registry.isUnwritten(index) && acknowledged.getAsBoolean()) {
            LOG.warn("entry {} of {} says that there never was a queue, but there was queue {}", index,
                registry.file(), msqid);
            registry.lost(index);
        }
    }

    /** Whether a message was ever sent; nobody sends to a queue whose creation was not acknowledged. */
    private static boolean wasUsed(Path folder) {
        try (QueueMemory memory = QueueMemory.open(folder)) {
            return memory.state().lastSend() != 0;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Does it belong to no queue for certain? */
    private static boolean isStray(int msqid, Registry registry, String what) {
        int index = msqid & MsqidDs.INDEX_MASK;
        RegistryEntry entry = registry.byIndex(index);
        if (entry != null && entry.msqid() == msqid) {
            return false;
        }
        if (registry.isDamaged(index) || registry.isMended(index)) {
            LOG.warn("{} belongs to no queue that the registry can read; it is left where it is", what);
            return false;
        }
        return true;
    }

    /** Deletes all that is left of queues whose registry entry was damaged and is given up. */
    void removeStraysAt(int index) {
        for (int msqid : hot.folders()) {
            if ((msqid & MsqidDs.INDEX_MASK) == index) {
                removeStray(msqid);
            }
        }
        for (int msqid : journals.folders()) {
            if ((msqid & MsqidDs.INDEX_MASK) == index) {
                journals.remove(msqid);
            }
        }
    }

    /** Deletes a hot file that belongs to no queue; whoever may still sleep in it wakes with EIDRM. */
    private void removeStray(int msqid) {
        remove(msqid, strayKeeper(msqid));
    }

    /** The hot file of a queue is gone, as after a reboot: what its log says was queued is queued again. */
    private QueueKeeper rebuild(RegistryEntry entry) {
        return make(entry, () -> {
            try (QueueKeeper keeper = new QueueKeeper(
                QueueMemory.create(hot.unfinishedFolder(entry.msqid()), entry.parameters()), alive)) {
                new Recovery(entry, journals.storage(entry.msqid())).run(keeper);
                keeper.restored(times.lastSend(entry), times.lastReceive(entry));
            }
        });
    }

    private QueueKeeper strayKeeper(int msqid) {
        QueueMemory memory = null;
        try {
            memory = QueueMemory.open(hot.folder(msqid));
            return new QueueKeeper(memory, alive);
        } catch (RuntimeException e) {
            if (memory != null) {
                memory.close();
            }
            return null; // never finished: nobody can be attached
        }
    }

    private QueueKeeper keeper(QueueMemory memory, RegistryEntry entry) {
        boolean taken = false;
        try {
            QueueState state = memory.state();
            boolean same = state.msqid() == entry.msqid()
                && state.uuidHigh() == entry.uuid().getMostSignificantBits()
                && state.uuidLow() == entry.uuid().getLeastSignificantBits();
            if (!same || state.removed()) {
                throw new ErrnoException(Errno.EIO, memory.what() + (same
                    ? " is flagged as removed, but the registry has the queue"
                    : " belongs to queue " + state.msqid() + ", or to an earlier one of this id"));
            }
            QueueKeeper keeper = new QueueKeeper(memory, alive);
            taken = true;
            report(entry, keeper.firstRepair());
            if (differs(state, entry)) { // an IPC_SET reached the registry, but not the memory
                keeper.apply(entry.uid(), entry.gid(), entry.mode(), entry.qbytes(), entry.ctimeSeconds());
            }
            if (state.durability() != entry.durability()) { // nor its level
                state.durability(entry.durability());
            }
            return keeper;
        } catch (ErrnoException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new ErrnoException(Errno.EIO, memory.what() + " is damaged: " + e, e);
        } finally {
            if (!taken) {
                memory.close();
            }
        }
    }

    /** An earlier daemon's own slot is no news, and nor is a client's in which nothing was left. */
    private static void report(RegistryEntry entry, Repair.Report repair) {
        if (repair.isOfRecords()) {
            LOG.info("queue {} repaired: {}", entry.msqid(), repair);
        } else if (!repair.isEmpty()) {
            LOG.debug("queue {} repaired: {}", entry.msqid(), repair);
        }
    }

    private static boolean differs(QueueState state, RegistryEntry entry) {
        return state.uid() != entry.uid() || state.gid() != entry.gid() || state.mode() != entry.mode()
            || state.qbytes() != entry.qbytes() || state.ctimeSeconds() != entry.ctimeSeconds();
    }

    private void deleteQuietly(int msqid) {
        try {
            hot.delete(msqid);
        } catch (ErrnoException e) {
            LOG.warn("{}", e.getMessage());
        }
    }
}
