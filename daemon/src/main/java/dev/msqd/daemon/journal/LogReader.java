package dev.msqd.daemon.journal;

import java.util.UUID;

/**
 * Reads a log from its files, changing nothing. The files may be those of a running daemon (what it commits meanwhile may be
 * missing) or damaged in any way: that ends in reports, never in an exception other than ErrnoException.
 */
public final class LogReader {
    private LogReader() {}

    /**
     * Reads all entries in order, those of history included.
     *
     * @param fromFile skips files with lower numbers.
     */
    public static void read(LogStorage storage, UUID queue, int fromFile, LogEntryHandler handler) {
        throw new UnsupportedOperationException();
    }
}
