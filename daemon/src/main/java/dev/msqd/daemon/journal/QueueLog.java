package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.pageAligned;
import static dev.msqd.daemon.journal.LogFileWriter.isNoSpace;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Retention;
import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The writing side of a queue's log. Entries are added, then committed together.
 *
 * <pre>
 *           beginCheckpoint            endCheckpoint                     a write or sync failed
 *  (no file) ------------> checkpoint -------------> open               (from either) --------> (no file)
 * </pre>
 *
 * <p>Whatever adds or commits may throw {@link ErrnoException}: everything added since the last successful {@link
 * #commit} is then dropped, and may or may not be found by a replay. If {@link #hasFailed} then, the current file
 * will not be written again, and only {@link #beginCheckpoint} may follow: what was lost is durable again with the
 * commit after its {@link #endCheckpoint}. If not (no room for more zeros or for another file: ENOSPC, EDQUOT),
 * nothing of the file was touched: what was dropped may be added again, and a batch of {@link #consumed} alone still
 * finds a little room. What is dropped doesn't count as live.
 *
 * <p>One thread at a time.
 */
public final class QueueLog implements AutoCloseable {
    /** The shortest file: a header, two pages of batches, a page of reserve. */
    public static final int MIN_FILE_LENGTH = 4 * PAGE_LENGTH;

    /** A batch is written when it would become longer, unless it's a single message. */
    static final int MAX_BATCH_LENGTH = 1 << 20;

    /**
     * Zeros that messages leave to what was consumed, so that a full disk can be emptied: the more, the longer the
     * file.
     */
    private static final int MIN_RESERVE_LENGTH = 16 << 10;
    private static final int MAX_RESERVE_LENGTH = 256 << 10;

    /** What is copied between two looks at what is new. */
    private static final long MAX_COMPACTED_BYTES = 16 << 20;

    private static final SecureRandom SALTS = new SecureRandom();

    private final LogStorage storage;
    private final UUID queue;
    private final int fileLength;
    private final int maxReserveLength;
    private final int maxAheadLength;
    private final int maxBatchLength;
    private final EpochClock clock;
    private final NanoClock nanoClock;
    private final LogFiles files = new LogFiles();
    private final BatchBuilder batch = new BatchBuilder();

    private Retention retention = Retention.NONE;
    private boolean adopted;
    private int nextNumber;

    /** Null at first and after a failure. */
    private LogFileWriter current;
    /** The first file of the checkpoint in progress; 0: none. */
    private int checkpoint;
    /** Whether a checkpoint was begun whose end is not committed yet. */
    private boolean checkpointUncommitted;
    /** The first file of a checkpoint whose end is not on disk: nothing in it is needed. 0: none. */
    private int unfinishedCheckpoint;
    private Mark beforeCheckpoint;
    private long incarnation;
    private long lastSend;
    private long lastReceive;
    private boolean work;

    /** The newest file whose header is on disk; 0: none. */
    private int previous;
    /** Of the last batch written, and of the last batch known to be on disk. */
    private long writtenSequence;
    private long syncedSequence;
    /** What the last batch written, and the last one on disk, say about where a replay begins (rule 4). */
    private int writtenReplayFrom;
    private int syncedReplayFrom;

    /** Where the log ended before a checkpoint was begun. */
    private record Mark(int previous, long writtenSequence, long syncedSequence) {}

    private QueueLog(LogStorage storage, UUID queue, int fileLength, EpochClock clock, NanoClock nanoClock) {
        this.storage = storage;
        this.queue = queue;
        this.fileLength = fileLength;
        this.clock = clock;
        this.nanoClock = nanoClock;
        maxReserveLength = Math.clamp(fileLength / 16 & -PAGE_LENGTH, PAGE_LENGTH, MAX_RESERVE_LENGTH);
        maxAheadLength = Math.max(fileLength / 16 & -PAGE_LENGTH, PAGE_LENGTH);
        maxBatchLength = Math.min(MAX_BATCH_LENGTH, fileLength - HEADER_LENGTH - maxReserveLength);
    }

    /**
     * Looks which files there are; makes and changes nothing. Entries can be added after {@link #beginCheckpoint}.
     *
     * @param fileLength in bytes, a multiple of 4,096 from {@link #MIN_FILE_LENGTH} on: the log goes on in
     *     another file when a batch would exceed it. A message that fits no such file makes one longer.
     * @param clock stamps files and batches. Nothing depends on its being right: the age of history is measured
     *     by another.
     */
    public static QueueLog open(LogStorage storage, UUID queue, int fileLength, EpochClock clock) {
        return open(storage, queue, fileLength, clock, SystemNanoClock.INSTANCE);
    }

    static QueueLog open(LogStorage storage, UUID queue, int fileLength, EpochClock clock, NanoClock nanoClock) {
        if (fileLength < MIN_FILE_LENGTH || fileLength % PAGE_LENGTH != 0) {
            throw new IllegalArgumentException("log file length " + fileLength + " is not a multiple of " + PAGE_LENGTH
                + " from " + MIN_FILE_LENGTH + " on");
        }
        QueueLog log = new QueueLog(storage, queue, fileLength, clock, nanoClock);
        int[] numbers = storage.list();
        log.nextNumber = numbers.length == 0 ? 1 : numbers[numbers.length - 1] + 1;
        log.adopted = numbers.length == 0;
        return log;
    }

    /** Bytes of the log that a message takes, without its share of a batch. */
    public static int entryLength(int payloadLength) {
        return BatchDescriptor.sendLength(payloadLength);
    }

    /** How much is kept of what nothing needs any more; none at first. */
    public void retain(Retention retention) {
        this.retention = retention;
    }

    /**
     * Begins a list of all live messages, in a new file. Until its end is on disk, a replay finds the messages from before: perhaps with what
     * is added meanwhile if the incarnation is the same, without it if not. If this log fails before, or another checkpoint is begun, all that
     * was added since is dropped, and its files are deleted. What was added before and not committed is dropped now.
     */
    public void beginCheckpoint(long incarnation) {
        adopt();
        drop();
        if (current != null && checkpoint == 0) {
            sync(); // what is committed from now on means that all of it is on disk
        }
        closeCurrent();
        discardCheckpoint();
        Mark mark = new Mark(previous, writtenSequence, syncedSequence);
        current = createFile(incarnation);
        beforeCheckpoint = mark;
        this.incarnation = incarnation;
        checkpoint = current.number();
        checkpointUncommitted = true;
        unfinishedCheckpoint = checkpoint;
        writtenReplayFrom = syncedReplayFrom;
        batch.checkpointBegin(incarnation);
        work = true;
    }

    /**
     * Adds a message, or moves one with the same position to here. The bytes are copied.
     *
     * @return the number of the file that it counts as live in, once committed, until {@link #released}; never 0.
     */
    public int send(long position, long mtype, DirectBuffer source, int offset, int length) {
        if (length < 0 || length > BatchDescriptor.MAX_PAYLOAD_LENGTH) {
            throw new ErrnoException(Errno.EINVAL,
                "log " + storage.name() + ": message of " + length + " bytes; at most "
                    + BatchDescriptor.MAX_PAYLOAD_LENGTH);
        }
        int entryLength = entryLength(length);
        makeRoom(entryLength, true);
        batch.send(position, mtype, source, offset, length);
        files.sent(entryLength);
        work = true;
        return current.number();
    }

    /** Adds: every message at these positions, the last one included, that was sent before this call is received. */
    public void consumed(long first, long last) {
        makeRoom(BatchDescriptor.CONSUMED_LENGTH, false);
        batch.consumed(first, last);
        work = true;
    }

    /** Opaque words of msqid_ds, 0 at first, which go into each batch from now on. They alone are no reason for one. */
    public void state(long lastSend, long lastReceive) {
        this.lastSend = lastSend;
        this.lastReceive = lastReceive;
    }

    /** Adds: the list of live messages is complete. When that is committed, older files are unneeded. */
    public void endCheckpoint() {
        if (checkpoint == 0) {
            throw new IllegalStateException("log " + storage.name() + ": no checkpoint was begun");
        }
        makeRoom(BatchDescriptor.ENTRY_HEADER_LENGTH, false);
        batch.checkpointEnd();
        work = true;
    }

    /** Adds: the daemon stops in good order. */
    public void cleanStop() {
        makeRoom(BatchDescriptor.ENTRY_HEADER_LENGTH, false);
        batch.cleanStop();
        work = true;
    }

    /** Whether anything was added since the last commit. */
    public boolean hasWork() {
        return work;
    }

    /**
     * Whether only {@link #beginCheckpoint} may follow: at first, and after a write or sync of the current file
     * failed.
     */
    public boolean hasFailed() {
        return current == null;
    }

    /**
     * Writes what was added.
     *
     * @param sync whether to return only when it is on disk, with all that was committed before.
     */
    public void commit(boolean sync) {
        checkOpen();
        flush();
        work = false;
        files.committed();
        checkpointUncommitted &= checkpoint != 0;
        if (sync) {
            sync();
        }
    }

    /**
     * A message no longer counts as live in a file: it was received, or sent again. Call it when the {@link #commit}
     * of that has returned: before, it may be dropped, and the file must stay. Files that don't count any more are
     * ignored.
     *
     * @param file what {@link #send} returned.
     * @param entryLength see {@link #entryLength(int)}.
     * @throws IllegalStateException more was released than sent.
     */
    public void released(int file, int entryLength) {
        files.released(file, entryLength);
    }

    /**
     * The live messages of all files below this number should be sent again, so that the log doesn't exceed its bound; 0: of none. Unless one
     * file alone holds more, they take no more than 16 MiB. Ask again after that: when it is 0, all files but history are not longer than twice
     * {@link #liveBytes} and two files.
     */
    public int compactBelow() {
        return current == null || checkpoint != 0 || !files.isSparse() ? 0 : files.compactBelow(MAX_COMPACTED_BYTES);
    }

    /**
     * Deletes what nothing needs and is not to be retained. If no batch on disk says yet that nothing needs it, and none is
     * in the making, one is written and synced. A failure drops nothing that was added.
     */
    public void deleteUnneeded() {
        adopt();
        if (current != null && checkpoint == 0 && !work && files.oldest() < files.oldestNeeded()
            && syncedReplayFrom < files.oldestNeeded() && !isRetained()) {
            makeRoom(0, false);
            write();
            sync();
        }
        while (!files.isEmpty() && files.oldest() < syncedReplayFrom && !isRetained()) {
            deleteOldest();
        }
    }

    /** Length of all files. */
    public long bytes() {
        adopt();
        return files.bytes();
    }

    /** Σ {@link #entryLength(int)} of the live messages. */
    public long liveBytes() {
        return files.liveBytes();
    }

    /**
     * Deletes all files; a replay then finds nothing, also after a power cut. As at first, afterwards. If there is no room to say that the log
     * is empty, a power cut while this runs may leave the log as it was some time ago.
     */
    public void deleteAll() {
        adopt();
        fail();
        if (files.size() > 1 && emptyCheckpoint()) {
            int[] numbers = storage.list();
            for (int index = 0; index < numbers.length - 1; index++) {
                storage.delete(numbers[index]);
            }
        }
        deleteFrom(1);
        storage.syncDirectory();
        files.clear();
        previous = 0;
        syncedReplayFrom = 0;
        checkpoint = 0;
        unfinishedCheckpoint = 0;
    }

    /** Closes the current file. What was added and not committed is dropped. */
    @Override
    public void close() {
        drop();
        closeCurrent();
    }

    /**
     * Files of an earlier process: what they hold is unknown, and nothing of it but a header is relied on (rules 2
     * and 3).
     */
    private void adopt() {
        if (adopted) {
            return;
        }
        AdoptedFiles found = AdoptedFiles.addTo(files, storage, queue, nanoClock.nanoTime());
        if (found.newest() != null) {
            previous = found.newest().number();
            syncedReplayFrom = found.newest().replayFrom();
            syncedSequence = found.newest().synced();
            writtenSequence = found.sequenceLimit();
        }
        adopted = true;
    }

    /** Makes sure that an entry can be added to the batch, and that the batch then fits the current file. */
    private void makeRoom(int entryLength, boolean isSend) {
        checkOpen();
        if (!batch.isEmpty() && batch.lengthWith(entryLength) > maxBatchLength) {
            flush();
        }
        if (!fits(entryLength, isSend)) {
            flush();
            if (!fits(entryLength, isSend)) {
                roll();
            }
        }
    }

    private boolean fits(int entryLength, boolean isSend) {
        long length = pageAligned(batch.lengthWith(entryLength));
        long end = current.offset() + length;
        if (isSend || batch.holdsSends()) {
            return end + reserve(end) <= fileLength || !fitsIntoFile(length);
        }
        return end <= Math.max(fileLength, current.prepared());
    }

    private boolean fitsIntoFile(long length) {
        long end = HEADER_LENGTH + length;
        return end + reserve(end) <= fileLength;
    }

    private long reserve(long end) {
        return Math.min(maxReserveLength, Math.max(MIN_RESERVE_LENGTH, end));
    }

    /** Writes the batch, if there is anything in it. */
    private void flush() {
        if (!batch.isEmpty()) {
            write();
        }
    }

    /** Writes the batch, which always fits. */
    private void write() {
        prepare();
        if (batch.endsCheckpoint()) {
            files.countFrom(checkpoint);
            checkpoint = 0; // for good: if this fails, only another will do
        }
        int replayFrom = checkpoint == 0 ? files.oldestNeeded() : writtenReplayFrom;
        try {
            writtenSequence++; // even if it fails: what is written may be found
            current.append(
                batch.seal(current.checksum(), writtenSequence, syncedSequence, replayFrom, lastSend, lastReceive,
                    clock.time()));
        } catch (ErrnoException e) {
            fail();
            throw e;
        }
        writtenReplayFrom = replayFrom;
        files.grown(current.prepared(), current.offset() - HEADER_LENGTH, nanoClock.nanoTime());
        batch.clear();
    }

    /** Zeros for the batch, and a reserve behind it if it may not use that itself. */
    private void prepare() {
        long end = current.offset() + pageAligned(batch.length());
        try {
            if (batch.holdsSends()) {
                long reserve = reserve(end);
                // Beside a big batch, big steps save nothing.
                long ahead = batch.length() < reserve ? Math.min(maxAheadLength, Math.max(reserve, end)) : 0;
                current.prepare(end + reserve, Math.max(end + reserve, Math.min(end + reserve + ahead, fileLength)));
            } else {
                current.prepare(end, end);
            }
        } catch (ErrnoException e) {
            if (isNoSpace(e)) {
                dropOrFail();
            } else {
                fail();
            }
            throw e;
        }
    }

    /** Goes on in another file. There is no batch. */
    private void roll() {
        sync();
        LogFileWriter next;
        try {
            next = createFile(incarnation);
        } catch (ErrnoException e) {
            dropOrFail();
            throw e;
        }
        closeCurrent();
        current = next;
    }

    private LogFileWriter createFile(long incarnation) {
        if (nextNumber < 0) {
            throw new ErrnoException(Errno.EFBIG, "log " + storage.name() + ": no file numbers left");
        }
        int number = nextNumber++;
        LogFileHeader header = new LogFileHeader(queue, number, previous, syncedReplayFrom, writtenSequence + 1,
            syncedSequence, incarnation, clock.time(), SALTS.nextLong());
        LogFileWriter writer;
        try {
            writer = LogFileWriter.create(storage, header);
        } catch (ErrnoException e) {
            discard(number);
            throw e;
        }
        previous = number;
        files.add(number, writer.prepared(), nanoClock.nanoTime());
        return writer;
    }

    /**
     * Deletes a file that no other follows. If that fails, it is in nobody's way: the next process will count it with
     * the rest.
     */
    private void discard(int number) {
        try {
            storage.delete(number);
        } catch (ErrnoException e) {
            // see above
        }
    }

    private void sync() {
        try {
            if (current.isUnsynced()) {
                current.sync();
            }
        } catch (ErrnoException e) {
            fail();
            throw e;
        }
        syncedSequence = writtenSequence;
        syncedReplayFrom = writtenReplayFrom;
        unfinishedCheckpoint = checkpoint;
    }

    private boolean isRetained() {
        if (retention.bytes() > 0 && files.bytes() <= retention.bytes()) {
            return true;
        }
        return retention.seconds() > 0
            && TimeUnit.NANOSECONDS.toSeconds(nanoClock.nanoTime() - files.oldestEndNs()) < retention.seconds();
    }

    private void deleteOldest() {
        try {
            storage.delete(files.oldest());
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        files.removeOldest();
    }

    /** So that a power cut amid deletions leaves a log that says "nothing". False: there is no room for it. */
    private boolean emptyCheckpoint() {
        try {
            beginCheckpoint(incarnation);
            endCheckpoint();
            commit(true);
            return true;
        } catch (ErrnoException e) {
            if (!isNoSpace(e)) {
                throw e;
            }
            return false;
        } finally {
            fail();
        }
    }

    /** The current file is as good as before, but a checkpoint with a hole is worth nothing. */
    private void dropOrFail() {
        if (checkpointUncommitted) {
            fail();
        } else {
            drop();
        }
    }

    /** Forgets what was not written. */
    private void drop() {
        batch.clear();
        files.dropUncommitted();
        work = false;
    }

    /** Leaves the current file alone for ever. A checkpoint without an end gives its room back. */
    private void fail() {
        drop();
        closeCurrent();
        try {
            discardCheckpoint();
        } catch (ErrnoException e) {
            // Tried again before the next one begins, so there is never more than one.
        }
    }

    /** Deletes the files of a checkpoint whose end is not on disk. */
    private void discardCheckpoint() {
        if (unfinishedCheckpoint == 0) {
            return;
        }
        deleteFrom(unfinishedCheckpoint);
        files.removeFrom(unfinishedCheckpoint);
        previous = beforeCheckpoint.previous;
        writtenSequence = beforeCheckpoint.writtenSequence;
        syncedSequence = beforeCheckpoint.syncedSequence;
        checkpoint = 0;
        unfinishedCheckpoint = 0;
    }

    /**
     * Deletes the files from a number on. The newest goes first, and is gone for good before the next one goes: a replay never misses a file
     * between two others.
     */
    private void deleteFrom(int number) {
        int[] numbers = storage.list();
        for (int index = numbers.length - 1; index >= 0 && numbers[index] >= number; index--) {
            storage.syncDirectory();
            storage.delete(numbers[index]);
        }
    }

    private void closeCurrent() {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    private void checkOpen() {
        if (current == null) {
            throw new IllegalStateException(
                "log " + storage.name() + ": no checkpoint was begun since it was opened or failed");
        }
    }
}
