package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;

/**
 * The file that is appended to. Whoever gets an exception from {@link #append} or {@link #sync} never calls either
 * again.
 */
final class LogFileWriter implements AutoCloseable {
    /** Zeros go to the page cache by so much: a MiB by pages takes twice as long, and by still bigger pieces hardly less. */
    static final int ZEROS_LENGTH = 64 << 10;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROS_LENGTH).asReadOnlyBuffer();

    private final int number;
    private final LogFile file;
    private final BatchChecksum checksum;
    private final ByteBuffer zeros;
    private long offset = HEADER_LENGTH;
    private long prepared = HEADER_LENGTH;
    private boolean unsynced;

    private LogFileWriter(int number, LogFile file, BatchChecksum checksum, ByteBuffer zeros) {
        this.number = number;
        this.file = file;
        this.checksum = checksum;
        this.zeros = zeros;
    }

    /** A new file, its header and directory entry on disk (rule 2). When it fails, a file may be left. */
    static LogFileWriter create(LogStorage storage, LogFileHeader header) {
        LogFile file = storage.create(header.number());
        try {
            file.write(header.encode(), 0);
            file.sync();
            storage.syncDirectory();
        } catch (ErrnoException e) {
            file.close();
            throw e;
        }
        return new LogFileWriter(header.number(), file, new BatchChecksum(header.salt()), ZEROS.duplicate());
    }

    int number() {
        return number;
    }

    BatchChecksum checksum() {
        return checksum;
    }

    /** Where the next batch goes. */
    long offset() {
        return offset;
    }

    /** The length of the file: there are zeros from {@link #offset} to here. */
    long prepared() {
        return prepared;
    }

    /** Whether something was appended since the last sync. */
    boolean isUnsynced() {
        return unsynced;
    }

    /**
     * Writes zeros ahead, if there are not enough. For want of space it can be tried again; after another error the
     * file has failed.
     *
     * @param needed  up to here, or this fails
     * @param desired where to stop once it begins; not below needed
     */
    void prepare(long needed, long desired) {
        if (prepared >= needed) {
            return;
        }
        int piece = ZEROS_LENGTH;
        while (prepared < desired) {
            int length = (int) Math.min(piece, desired - prepared);
            try {
                file.write(zeros.clear().limit(length), prepared);
                prepared += length;
            } catch (ErrnoException e) {
                if (!isNoSpace(e) || piece == PAGE_LENGTH && prepared < needed) {
                    throw e;
                }
                if (prepared >= needed) {
                    return;
                }
                piece = PAGE_LENGTH; // down to the last page that there is
            }
        }
    }

    static boolean isNoSpace(ErrnoException e) {
        return e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT;
    }

    /** Writes a sealed batch into zeros. */
    void append(ByteBuffer batch) {
        int length = batch.remaining();
        unsynced = true;
        file.write(batch, offset);
        offset += length;
    }

    void sync() {
        file.sync();
        unsynced = false;
    }

    @Override
    public void close() {
        file.close();
    }
}
