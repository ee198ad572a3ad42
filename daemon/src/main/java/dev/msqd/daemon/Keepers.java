package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.layout.Durability;
import dev.msqd.queue.QueueKeeper;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keepers that are open: each takes descriptors and mappings, of which a process has only so many. When there are too many, the
 * one that was opened longest ago is closed, the first among queues that nobody is attached to. A queue that somebody is attached to and that has
 * a log is not closed: it would not be logged meanwhile. One thread at a time.
 */
final class Keepers {
    private static final Logger LOG = LoggerFactory.getLogger(Keepers.class);
    private static final int MAX_OPEN = 16 * 1024;
    private static final int MIN_OPEN = 16;
    private static final long NOTE_TIMES_EVERY_NS = TimeUnit.SECONDS.toNanos(10);
    private final HotQueues hotQueues;
    private final Journals journals;
    private final LastTimes times;
    private final Counting counting;
    private final int mostOpen;
    private long timesNotedNs = System.nanoTime();
    private final Deque<ServedQueue> open = new ArrayDeque<>();

    Keepers(HotQueues hotQueues, Journals journals, LastTimes times, Counting counting) {
        // Each takes two, its memory and a file of its log; half as many as all of them are left for clients, two for each.
        this(hotQueues, journals, times, counting, Math.clamp(Processes.maxOpenFiles() / 3, MIN_OPEN, MAX_OPEN));
    }

    /** @param mostOpen how many may be open at a time */
    Keepers(HotQueues hotQueues, Journals journals, LastTimes times, Counting counting, int mostOpen) {
        this.hotQueues = hotQueues;
        this.journals = journals;
        this.times = times;
        this.counting = counting;
        this.mostOpen = mostOpen;
    }

    /** How many are open. */
    int size() {
        return open.size();
    }

    /**
     * The queue's keeper, opened if need be. A queue at fault is tried again, for the disk may have space or the file be mended by
     * now.
     *
     * @throws ErrnoException ENFILE where too many others are in use
     */
    QueueKeeper of(ServedQueue queue) {
        if (queue.keeper() == null) {
            makeRoom(queue.entry().msqid());
            try {
                serve(queue, hotQueues.open(queue.entry()));
            } catch (RuntimeException | InternalError e) {
                throw fail(queue, e);
            }
        }
        return queue.keeper();
    }

    /**
     * A new queue's keeper.
     *
     * @throws ErrnoException ENFILE where too many others are in use
     */
    QueueKeeper create(RegistryEntry entry) {
        makeRoom(entry.msqid());
        return hotQueues.create(entry);
    }

    /** @throws ErrnoException what stands in the way of its log: then the queue is at fault, and tried again when it is used */
    void serve(ServedQueue queue, QueueKeeper keeper) {
        try {
            journals.open(queue.entry(), keeper);
        } catch (RuntimeException e) {
            keeper.park();
            ErrnoException failure =
                e instanceof ErrnoException known ? known : new ErrnoException(Errno.EIO, e.toString(), e);
            queue.fail(failure.getMessage());
            throw failure;
        }
        queue.serve(keeper);
        open.addLast(queue);
        counting.opened(queue, journals.progress(queue.entry().msqid()));
    }

    /** A queue's durability or retention is another. */
    void changed(ServedQueue queue) {
        journals.change(queue.entry());
    }

    /** Does something with a queue's keeper; what shows the memory to be damaged takes the queue out of use. */
    <T> T use(ServedQueue queue, Function<QueueKeeper, T> action) {
        QueueKeeper keeper = of(queue);
        try {
            return action.apply(keeper);
        } catch (RuntimeException | InternalError e) {
            throw fail(queue, e);
        }
    }

    /**
     * Before a queue is removed: its keeper is there, or its memory is damaged.
     *
     * @throws ErrnoException what stands in the way of telling those who sleep in it
     */
    void prepareRemoval(ServedQueue queue) {
        try {
            of(queue);
        } catch (ErrnoException e) {
            if (isPassing(queue, e)) {
                throw e;
            }
            LOG.debug("queue {} is removed, though it is damaged", queue.entry().msqid(), e);
        }
    }

    /** Deletes the hot file of a queue that is removed; sleepers wake with EIDRM. */
    void remove(ServedQueue queue) {
        QueueKeeper keeper = queue.keeper();
        open.remove(queue);
        queue.remove();
        counting.removed(queue);
        journals.remove(queue.entry().msqid());
        hotQueues.remove(queue.entry().msqid(), keeper);
    }

    /**
     * Takes a queue out of use whose memory turned out to be damaged; an error that says otherwise, such as ENOSPC,
     * leaves it in use. Returns what to tell the caller.
     */
    private ErrnoException fail(ServedQueue queue, Throwable e) {
        if (e instanceof ErrnoException known && isPassing(queue, known)) {
            return known;
        }
        String why = e instanceof ErrnoException known
            ? known.getMessage().substring(known.errnoName().length() + 2)
            : queue.keeper().memory().what() + " is damaged: " + e;
        LOG.error("queue {} cannot be used: {}", queue.entry().msqid(), why);
        LOG.debug("queue {}", queue.entry().msqid(), e);
        if (queue.keeper() != null) {
            journals.abandon(queue.entry().msqid());
            queue.keeper().memory().close();
            open.remove(queue);
        }
        queue.fail(why);
        return e instanceof ErrnoException known ? known : new ErrnoException(Errno.EIO, why, e);
    }

    /** What says nothing of the queue's memory; ENOSPC is told with the queue while its file cannot be made. */
    private static boolean isPassing(ServedQueue queue, ErrnoException e) {
        return switch (e.errno()) {
            case Errno.EIO -> false;
            case Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM -> true;
            default -> queue.keeper() != null;
        };
    }

    private void makeRoom(int msqid) {
        while (open.size() >= mostOpen) {
            ServedQueue spare = spare();
            if (spare == null) {
                throw new ErrnoException(Errno.ENFILE, "queue " + msqid + " cannot be opened: " + open.size()
                    + " other queues are in use, and the daemon has descriptors for " + mostOpen
                    + ", a third of its limit of open files; raise that (ulimit -Hn, or LimitNOFILE of the systemd unit) and start it again");
            }
            open.remove(spare);
            park(spare);
        }
    }

    /** The first that nobody is attached to, or else the first that has no log; null: there is none. */
    private ServedQueue spare() {
        ServedQueue unlogged = null;
        for (ServedQueue queue : open) {
            if (queue.attachments() == 0) {
                return queue;
            }
            if (unlogged == null && queue.entry().durability() == Durability.PROCESS) {
                unlogged = queue;
            }
        }
        return unlogged;
    }

    private void park(ServedQueue queue) {
        try {
            journals.park(queue.entry().msqid(), queue.maybeAttached());
            times.note(queue.entry(), queue.keeper().state());
            counting.parking(queue);
            queue.park();
        } catch (RuntimeException | InternalError e) {
            // Whatever it was: the keeper has to go.
            fail(queue, e instanceof ErrnoException known ? new ErrnoException(Errno.EIO, known.getMessage(), e) : e);
        }
    }

    /** What msqid_ds says of last uses comes on disk now and then. */
    void noteTimes(long nowNs) {
        if (nowNs - timesNotedNs >= NOTE_TIMES_EVERY_NS) {
            timesNotedNs = nowNs;
            noteTimes();
        }
    }

    private void noteTimes() {
        for (ServedQueue queue : List.copyOf(open)) {
            try {
                times.note(queue.entry(), queue.keeper().state());
            } catch (RuntimeException | InternalError e) {
                fail(queue, e);
            }
        }
        times.sync();
    }

    /** Everything that is queued comes on disk, and all memory is let go. */
    void close() {
        journals.close();
        noteTimes();
        for (ServedQueue queue : open) {
            try {
                queue.keeper().close();
            } catch (RuntimeException | InternalError e) {
                LOG.warn("queue {}: {}", queue.entry().msqid(), e.toString());
            }
        }
        open.clear();
    }
}
