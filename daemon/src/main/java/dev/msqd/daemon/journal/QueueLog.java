package dev.msqd.daemon.journal;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.EpochClock;

/**
 * The writing side of a queue's log. Entries are added, then committed together.
 *
 * <p>Whatever adds or commits may throw {@link ErrnoException}: everything added since the last successful {@link #commit} is then dropped, and may or
 * may not be found by a replay. If {@link #hasFailed} then, the current file will not be written again, and only {@link #beginCheckpoint} may
 * follow: what was lost is durable again with the commit after its {@link #endCheckpoint}. If not (no room for more zeros or for another
 * file: ENOSPC, EDQUOT), nothing of the file was touched: what was dropped may be added again, and a batch of {@link #consumed} alone
 * still finds a little room.
 *
 * <p>One thread at a time.
 */
public final class QueueLog implements AutoCloseable {
    private QueueLog() {}

    /**
     * Looks which files there are; makes and changes nothing. Entries can be added after {@link #beginCheckpoint}.
     *
     * @param fileLength in bytes, a multiple of 4,096 from 16 KiB on: the log goes on in another file when a batch would exceed it.
     *     A message that fits no such file makes one longer.
     */
    public static QueueLog open(LogStorage storage, UUID queue, int fileLength, EpochClock clock) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the log that a message takes, without its share of a batch. */
    public static int entryLength(int payloadLength) {
        throw new UnsupportedOperationException();
    }

    /** How much is kept of what nothing needs any more; none at first. */
    public void retain(Retention retention) {
        throw new UnsupportedOperationException();
    }

    /**
     * Begins a list of all live messages, in a new file. Until its end is committed, a replay finds the messages from before: with what
     * is added meanwhile if the incarnation is the same, without it if not.
     */
    public void beginCheckpoint(long incarnation) {
        throw new UnsupportedOperationException();
    }

    /**
     * Adds a message, or moves one with the same position to here. The bytes are copied.
     *
     * @return the number of the file it counts as live in, until {@link #released}; never 0.
     */
    public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** Adds: every message at these positions, the last one included, that was sent before this call is received. */
    public void consumed(long first, long last) {
        throw new UnsupportedOperationException();
    }

    /** Opaque words of msqid_ds, which go into each batch from now on. They alone are no reason for one. */
    public void state(long lastSend, long lastReceive) {
        throw new UnsupportedOperationException();
    }

    /** Adds: the list of live messages is complete. When that is committed, older files are unneeded. */
    public void endCheckpoint() {
        throw new UnsupportedOperationException();
    }

    /** Adds: the daemon stops in good order. */
    public void cleanStop() {
        throw new UnsupportedOperationException();
    }

    /** Whether anything was added since the last commit. */
    public boolean hasWork() {
        throw new UnsupportedOperationException();
    }

    /** Whether only {@link #beginCheckpoint} may follow: at first, and after a write or sync of the current file failed. */
    public boolean hasFailed() {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes what was added.
     *
     * @param sync whether to return only when it is on disk, with all that was committed before.
     */
    public void commit(boolean sync) {
        throw new UnsupportedOperationException();
    }

    /**
     * A message no longer counts as live in a file. Call it after the {@link #consumed} or {@link #send} that made it so was
     * added. Numbers of files that are no longer counted are ignored.
     *
     * @param file what {@link #send} returned.
     * @param entryLength see {@link #entryLength(int)}.
     */
    public void released(int file, int entryLength) {
        throw new UnsupportedOperationException();
    }

    /** A file whose live messages should be sent again, so that the log doesn't exceed its bound; 0: none. */
    public int fileToCompact() {
        throw new UnsupportedOperationException();
    }

    /** Deletes what nothing needs, as far as a synced commit says so and it is not to be retained. */
    public void deleteUnneeded() {
        throw new UnsupportedOperationException();
    }

    /** Length of all files. */
    public long bytes() {
        throw new UnsupportedOperationException();
    }

    /** Σ {@link #entryLength(int)} of the live messages. */
    public long liveBytes() {
        throw new UnsupportedOperationException();
    }

    /** Deletes all files; a replay then finds nothing, also after a power cut. As at first, afterwards. */
    public void deleteAll() {
        throw new UnsupportedOperationException();
    }

    /** Closes the current file. What was added and not committed is dropped. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
