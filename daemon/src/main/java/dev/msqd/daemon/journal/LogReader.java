package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.List;
import java.util.UUID;
import org.agrona.collections.LongArrayList;

/**
 * Reads a log from its files, changing nothing. The files may be those of a running daemon (what it commits meanwhile
 * may be missing, and what it deletes may be reported as missing) or damaged in any way: that ends in reports, never
 * in an exception other than {@link ErrnoException}.
 *
 * <p>A file's batches follow each other by sequence. Where the next one is not whole, either the log was being
 * written there when the power went, or something is damaged. It is damage if a later whole batch of the file, or the
 * file after it, says that the missing one was on disk. Reading then goes on with the next whole batch.
 */
public final class LogReader {
    private final LogStorage storage;
    private final LogEntryHandler handler;
    private final BatchReader batches = new BatchReader();
    /** From which file on a replay has to read, as far as is known. */
    private int replayFrom;

    private LogReader(LogStorage storage, LogEntryHandler handler) {
        this.storage = storage;
        this.handler = handler;
    }

    /**
     * Reads all entries in order, those of history included.
     *
     * @param fromFile skips files with lower numbers.
     */
    public static void read(LogStorage storage, UUID queue, int fromFile, LogEntryHandler handler) {
        new LogReader(storage, handler).read(LogChain.from(fromFile, storage, queue), fromFile);
    }

    /** Reads what a replay needs, or a little more. Damage may be reported of files that turn out not to be needed. */
    static void read(LogStorage storage, LogChain chain, LogEntryHandler handler) {
        new LogReader(storage, handler).read(chain, 0);
    }

    private void read(LogChain chain, int fromFile) {
        chain.unfinished().forEach(handler::onUnfinishedFile);
        List<LogFileHeader> files = chain.files();
        for (int index = 0; index < files.size(); index++) {
            LogFileHeader header = files.get(index);
            LogFileHeader next = index + 1 < files.size() ? files.get(index + 1) : null;
            replayFrom = Math.max(replayFrom, header.replayFrom());
            try (LogFile file = storage.open(header.number())) {
                handler.onFile(header.number(), header.incarnation(), header.madeMs());
                batches.start(header, file);
                read(header, next != null && next.previous() == header.number() ? next.synced() : 0);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
                handler.onDamage(header.number(), 0, "the file is missing");
            }
        }
        for (LogChain.Gap gap : chain.gaps()) {
            if (gap.file() >= Math.max(replayFrom, fromFile)) {
                handler.onDamage(gap.file(), 0, gap.what());
            }
        }
    }

    /** @param settled batches up to this sequence were on disk when the next file was made */
    private void read(LogFileHeader header, long settled) {
        long sequence = header.firstSequence();
        long offset = HEADER_LENGTH;
        while (batches.moveTo(offset, sequence) && batches.sequence() == sequence) {
            give(header);
            offset = batches.end();
            sequence++;
        }
        if (offset < batches.length() || sequence <= settled) {
            readBeyond(header, offset, sequence, settled);
        }
    }

    /** Goes on where the next batch is not whole. */
    private void readBeyond(LogFileHeader header, long end, long sequence, long settled) {
        LongArrayList later = new LongArrayList();
        long proven = settled;
        long written = end; // nothing but zeros from here on
        long found = sequence;
        for (long offset = end; offset < batches.length();) {
            if (batches.moveTo(offset, found + 1)) {
                later.addLong(offset);
                proven = Math.max(proven, batches.synced());
                found = batches.sequence();
                offset = batches.end();
                written = offset;
            } else {
                written = batches.isZero(offset) ? written : offset + PAGE_LENGTH;
                offset += PAGE_LENGTH;
            }
        }
        if (batches.hasGivenUp()) {
            handler.onDamage(header.number(), end, "too much that looks like batches and is none");
        }
        for (int index = 0;; index++) {
            boolean more = index < later.size() && batches.moveTo(later.getLong(index), sequence);
            if (!more || batches.sequence() != sequence) {
                if (sequence > proven) {
                    if (written > end) {
                        handler.onTornTail(header.number(), end);
                    }
                    return;
                }
                handler.onDamage(header.number(), end, "batch " + sequence + " is missing or was changed");
            }
            if (!more) {
                return;
            }
            give(header);
            end = batches.end();
            sequence = batches.sequence() + 1;
        }
    }

    private void give(LogFileHeader header) {
        replayFrom = Math.max(replayFrom, batches.replayFrom());
        String fault = batches.read(handler);
        if (fault != null) {
            handler.onDamage(header.number(), batches.offset(), fault);
        }
    }
}
