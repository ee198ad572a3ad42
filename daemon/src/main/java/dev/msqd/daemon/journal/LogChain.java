package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The files of a log in the order in which they say that they follow each other. */
final class LogChain {
    /** A file that is missing, or whose header is. */
    record Gap(int file, String what) {}

    /** Which file comes next can't be told: the header that says so is gone. */
    private static final int UNKNOWN = -1;

    private final LogStorage storage;
    private final UUID queue;
    private final ByteBuffer page = LogFileHeader.newPage();
    private final List<LogFileHeader> files = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final List<Integer> unfinished = new ArrayList<>();

    private LogChain(LogStorage storage, UUID queue) {
        this.storage = storage;
        this.queue = queue;
    }

    /** From the newest file back to this number. */
    static LogChain from(int oldest, LogStorage storage, UUID queue) {
        LogChain chain = new LogChain(storage, queue);
        chain.follow(oldest, false);
        return chain;
    }

    /** From the newest file back to the one that this file's header says a replay needs. */
    static LogChain ofReplay(LogStorage storage, UUID queue) {
        LogChain chain = new LogChain(storage, queue);
        chain.follow(0, true);
        return chain;
    }

    /** Headers, oldest file first. */
    List<LogFileHeader> files() {
        return files;
    }

    /** Newest first. They matter only if a replay needs the file. */
    List<Gap> gaps() {
        return gaps;
    }

    /** Files that are in nobody's way: the power went while they were made, or there was no room. Newest first. */
    List<Integer> unfinished() {
        return unfinished;
    }

    private void follow(int oldest, boolean replay) {
        int limit = oldest;
        int expected = UNKNOWN;
        int[] numbers = storage.list();
        for (int index = numbers.length - 1; index >= 0 && numbers[index] >= limit; index--) {
            int number = numbers[index];
            if (expected != UNKNOWN && number > expected) {
                unfinished.add(number);
                continue;
            }
            if (number < expected) {
                gaps.add(new Gap(expected, "the file is missing"));
            }
            LogFileHeader header = read(number, number == expected);
            if (header != null) {
                limit = replay && files.isEmpty() ? header.replayFrom() : limit;
                files.addFirst(header);
                expected = Math.min(header.previous(), number - 1);
            } else {
                expected = UNKNOWN;
            }
        }
        if (expected >= Math.max(limit, 1)) {
            gaps.add(new Gap(expected, "the file is missing"));
        }
    }

    /** The header of a file, or null with a note why not. */
    private LogFileHeader read(int number, boolean expected) {
        long length;
        try (LogFile file = storage.open(number)) {
            length = file.length();
            file.read(page.clear(), 0);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            gaps.add(new Gap(number, "the file is missing"));
            return null;
        }
        String fault = LogFileHeader.fault(page.flip(), queue, number);
        if (fault == null) {
            return LogFileHeader.decode(page);
        }
        if (expected || length > HEADER_LENGTH) { // rule 2
            gaps.add(new Gap(number, fault));
        } else {
            unfinished.add(number);
        }
        return null;
    }
}
