package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.QueueLog;
import dev.msqd.daemon.stats.LogProgress;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.CommitTickets;
import dev.msqd.log.QueueState;
import dev.msqd.log.Tailer;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.QueueTail;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a queue's messages from its hot log into its log on disk. Any thread, one at a time.
 *
 * <p>The hot log is the truth. Whenever it is not certain that the files on disk tell the same, at the start of a daemon, after a failed
 * write or sync, everything that is queued is written anew (a checkpoint), and what there was before is not needed any more.
 */
final class QueueJournal implements Tailer.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(QueueJournal.class);
    private static final long MIN_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long MAX_RETRY_NS = 16 * MIN_RETRY_NS;

    private final int msqid;
    private final QueueState state;
    private final QueueTail tail;
    private final Tailer tailer;
    private final QueueLog log;
    private final LogProgress progress = new LogProgress(System.nanoTime());

    private Durability durability;
    private Retention retention;
    /** The log says all that the hot log says, up to where it was followed. */
    private boolean current;
    /** The log holds a checkpoint of this hot file, or the beginning of one. */
    private boolean begun;
    private boolean checkpointing;
    /** As clients see it (StateDescriptor.logFault): at first what an earlier daemon left. */
    private int fault;
    private long retryAtNs;
    private long retryNs = MIN_RETRY_NS;
    private boolean endsOnly;
    /** Files that nothing needs could not be deleted. */
    private boolean encumbered;
    private boolean closed;

    QueueJournal(RegistryEntry entry, QueueKeeper keeper, QueueLog log) {
        this.msqid = entry.msqid();
        this.state = keeper.state();
        this.log = log;
        this.tail = keeper.tail(this);
        this.tailer = tail.tailer();
        this.fault = state.logFault();
        this.retryAtNs = System.nanoTime();
        change(entry.durability(), entry.retention());
    }

    /** The queue's settings are others from now on. */
    synchronized void change(Durability newDurability, Retention newRetention) {
        durability = newDurability;
        retention = newRetention;
        log.retain(newRetention);
        tailer.retain(newRetention.keeps());
        tail.tickets().lookAgain();
    }

    /** For statistics: any thread. */
    LogProgress progress() {
        return progress;
    }

    /** For the thread that waits for them. */
    CommitTickets tickets() {
        return tail.tickets();
    }

    /**
     * Logs what is due: on a sync queue all there is, else all there was at the last run.
     *
     * @return whether there is more to do at once
     */
    synchronized boolean run(long nowNs) {
        return !closed && attempt(false, nowNs);
    }

    /** The daemon stops: everything that is queued comes on disk, whatever the level, and the files are let go. */
    synchronized void stop() {
        writeRest();
        if (closed) {
            return;
        }
        if (fault == 0 || durability == Durability.PROCESS) {
            endInGoodOrder();
        } else {
            LOG.error("queue {}: not all that is queued is on disk at the stop", msqid);
        }
        close();
        tail.close();
    }

    /**
     * The daemon lets go of this queue for a while: everything that is queued comes on disk, and the files are let go.
     *
     * @param inUse whether somebody may be attached: who sends or receives what has to be logged is told that it is not
     */
    synchronized void park(boolean inUse) {
        writeRest();
        if (closed) {
            return;
        }
        if (inUse && durability != Durability.PROCESS) {
            fault(StateDescriptor.logFault(Errno.ENFILE, true));
        }
        close();
        tail.park();
    }

    private void writeRest() {
        retryAtNs = System.nanoTime(); // now or never
        while (!closed && attempt(true, System.nanoTime())) {
            Thread.onSpinWait();
        }
    }

    /** The queue is gone, or its memory can't be used: nothing is written any more. */
    synchronized void abandon() {
        if (!closed) {
            close();
        }
    }

    private void close() {
        closed = true;
        log.close();
    }

    // ---- one run

    private boolean attempt(boolean everything, long nowNs) {
        try {
            int ticket = tail.tickets().last();
            if (fault != 0) {
                if (current && durability != Durability.PROCESS) {
                    followEnds(ticket);
                }
                if (nowNs - retryAtNs < 0) {
                    return false;
                }
            }
            boolean more = durability == Durability.PROCESS ? leave() : follow(ticket, everything, nowNs);
            if (!more) {
                tail.tickets().serve(ticket);
            }
            if (fault != 0) {
                LOG.info("queue {}: its log can be written again", msqid);
                fault(0);
                retryNs = MIN_RETRY_NS;
            }
            return more;
        } catch (ErrnoException e) {
            fail(e.errno(), e, nowNs);
        } catch (RuntimeException | InternalError e) {
            // InternalError: a store to a mapped page failed.
            fail(Errno.EIO, e, nowNs);
        }
        return false;
    }

    /** While there is no room for messages there is still some for their ends, and who receives makes room. */
    private void followEnds(int ticket) {
        endsOnly = true;
        tailer.collectEnds(durability == Durability.SYNC);
        commit();
        endsOnly = false;
        fault(StateDescriptor.logFault(StateDescriptor.faultErrno(fault), false));
        tail.tickets().serve(ticket);
        deleteUnneeded();
    }

    private boolean follow(int ticket, boolean everything, long nowNs) {
        if (!current) {
            checkpoint(nowNs);
        }
        boolean sync = durability == Durability.SYNC;
        boolean more = false;
        if (sync || tailer.maybeWork()) {
            long end = tailer.endPosition();
            boolean all = sync || everything;
            more = tailer.collect(all ? end : progress.seenTo(), sync, retention.keeps());
            commit();
            if (!more) {
                tail.tickets().serve(ticket); // what follows is for the sake of room: nobody need wait for it
                progress.ran(all, end, nowNs, System.nanoTime());
            }
            deleteUnneeded();
            tailer.retain(retention.keeps());
        } else {
            progress.upToDate(progress.seenTo(), nowNs);
            deleteUnneeded(); // history gets old without anybody's doing
        }
        // At a stop there is no hurry to save space.
        return !everything && compact() || more;
    }

    private void checkpoint(long nowNs) {
        progress.upToDate(writeAll(this::commit), nowNs);
        current = true;
        deleteUnneeded();
    }

    /**
     * Everything that is queued comes on disk anew.
     *
     * @param commit of what was collected
     * @return up to where
     */
    private long writeAll(Runnable commit) {
        begun = false;
        checkpointing = true;
        long limit = tailer.endPosition();
        if (log.bytes() > 0) {
            begin();
        }
        boolean more = tailer.collectAll(true, limit);
        while (more) {
            commit.run();
            more = tailer.collectAll(false, limit);
        }
        commit.run();
        if (begun) {
            log.endCheckpoint();
            sync();
        }
        checkpointing = false;
        return limit;
    }

    private void begin() {
        begun = true;
        log.beginCheckpoint(state.incarnation());
    }

    /** What was collected comes on disk. */
    private void commit() {
        if (log.hasWork()) {
            log.state(state.lastSend(), state.lastReceive());
            sync();
        }
        tailer.committed();
    }

    /** That a file can't be deleted costs room, and no promise. */
    private void deleteUnneeded() {
        if (!begun) {
            return;
        }
        try {
            log.deleteUnneeded();
            encumbered = false;
        } catch (ErrnoException e) {
            if (log.hasFailed()) {
                throw e;
            }
            if (!encumbered) {
                LOG.warn("queue {}: files of its log that nothing needs stay for now: {}", msqid, e.getMessage());
            }
            encumbered = true;
        }
    }

    private void sync() {
        log.commit(true);
        progress.synced();
    }

    /** Copies what is still queued of files that are mostly spent. */
    private boolean compact() {
        int below = begun ? log.compactBelow() : 0;
        if (below == 0) {
            return false;
        }
        boolean more = tailer.collectFiles(true, below);
        commit();
        deleteUnneeded();
        while (more) {
            more = tailer.collectFiles(false, below);
            commit();
            deleteUnneeded();
        }
        return log.compactBelow() > below;
    }

    /** Queues of level process have no log while the daemon runs. */
    private boolean leave() {
        progress.unlogged();
        if (log.bytes() > 0) {
            tailer.forgetFiles();
            log.deleteAll();
        }
        tailer.retain(false);
        begun = false;
        current = false;
        return false;
    }

    private void endInGoodOrder() {
        try {
            if (durability == Durability.PROCESS) {
                leave();
                writeAll(this::write); // and leave no mark in the hot log
                tailer.abandon();
            }
            if (log.bytes() > 0) {
                log.state(state.lastSend(), state.lastReceive());
                log.cleanStop();
                log.commit(true);
            }
        } catch (ErrnoException e) {
            LOG.error("queue {}: what is queued could not be written at the stop: {}", msqid, e.getMessage());
        }
    }

    private void write() {
        if (log.hasWork()) {
            log.commit(false);
        }
    }

    /** Unless there is merely no room, the log is in doubt: a checkpoint has to follow. */
    private void fail(int errno, Throwable cause, long nowNs) {
        boolean noRoom = current && !log.hasFailed() && (errno == Errno.ENOSPC || errno == Errno.EDQUOT);
        if (fault == 0) {
            LOG.error("queue {}: its log cannot be written: {}", msqid, cause.getMessage());
            LOG.debug("queue {}", msqid, cause);
        }
        progress.failed(fault == 0);
        retryAtNs = nowNs + retryNs;
        if (!noRoom) {
            retryNs = Math.min(2 * retryNs, MAX_RETRY_NS); // a checkpoint costs the disk more than another look
        }
        try {
            giveUpRound(errno, noRoom);
        } catch (RuntimeException | InternalError e) {
            giveUpMemory(e);
        }
    }

    private void giveUpRound(int errno, boolean noRoom) {
        if (noRoom) {
            tailer.rollBack();
        } else {
            current = false;
            checkpointing = false;
            tailer.abandon();
        }
        // Out of room in an attempt at the ends alone: nothing is left for them either, until such an attempt succeeds.
        fault(StateDescriptor.logFault(errno, !noRoom || endsOnly || StateDescriptor.isFaultAlsoOfEnds(fault)));
        endsOnly = false;
    }

    /** Who uses the queue next will find out; other queues are none the worse. */
    private void giveUpMemory(Throwable cause) {
        LOG.error("queue {} is not logged any more: {}", msqid, cause.toString());
        try {
            fault(StateDescriptor.logFault(Errno.EIO, true));
        } catch (RuntimeException | InternalError e) {
            LOG.debug("queue {}", msqid, e);
        }
        close();
    }

    private void fault(int now) {
        if (fault != now) {
            fault = now;
            tail.fault(now);
        }
    }

    // ---- what the tailer collects

    @Override
    public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
        beginIfNeeded();
        return log.send(position, mtype, source, offset, length);
    }

    @Override
    public void consumed(long first, long last) {
        beginIfNeeded();
        log.consumed(first, last);
    }

    @Override
    public void released(int file, int payloadLength) {
        log.released(file, QueueLog.entryLength(payloadLength));
    }

    /** A queue's first file is made when there is something to write. */
    private void beginIfNeeded() {
        if (!begun) {
            begin();
            if (!checkpointing) {
                log.endCheckpoint();
            }
        }
    }
}
