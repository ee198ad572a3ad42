package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.LogEntryHandler;
import dev.msqd.daemon.journal.LogFile;
import dev.msqd.daemon.journal.LogReader;
import dev.msqd.daemon.journal.LogStorage;
import dev.msqd.daemon.journal.Replay;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a queue's log is like, and what a recovery would find in it. Nothing is changed by looking, and a daemon may be writing the
 * log meanwhile: damage is what two looks agree on.
 *
 * @param files        files there are, those of history and unfinished ones included
 * @param bytes        their length
 * @param batches      whole batches in them
 * @param complete     whether a recovery finds anything: a checkpoint that was committed
 * @param cleanStop    whether the log ends with a stop in good order
 * @param messages     messages that a recovery puts back; if it refuses, those that can be read
 * @param messageBytes bytes of these messages
 * @param tornTail     where the log ends within a batch, as a power cut leaves it, or empty; harmless
 * @param unfinished   numbers of files that were never finished making; harmless
 * @param damage       what no power cut explains, each with file and offset; in what is history only it is in nobody's way
 * @param refusal      the part of the damage for which a recovery refuses with EIO, in its own words
 */
public record LogCheck(
    int files,
    long bytes,
    long batches,
    boolean complete,
    boolean cleanStop,
    long messages,
    long messageBytes,
    String tornTail,
    List<Integer> unfinished,
    List<String> damage,
    List<String> refusal) {

    /** A daemon that is at work deletes files, and writes to them, while they are read. */
    private static final int MAX_LOOKS = 20;
    private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /**
     * Reads a log.
     *
     * @throws ErrnoException EIO, EACCES: the operating system refused; ENOENT: files go faster than they can be read
     */
    public static LogCheck of(LogStorage storage, UUID queue) {
        LogCheck check = look(storage, queue);
        LogCheck before = null;
        for (int looks = 1; check.isDamaged() && !check.isDamagedAs(before) && looks < MAX_LOOKS; looks++) {
            LockSupport.parkNanos(LOOK_AGAIN_NS);
            before = check;
            check = look(storage, queue);
        }
        return check;
    }

    /** How damage is told: where, and what. */
    public static String damage(int file, long offset, String what) {
        return "file " + file + ", offset " + offset + ": " + what;
    }

    public boolean isDamaged() {
        return !damage.isEmpty() || !refusal.isEmpty();
    }

    private static LogCheck look(LogStorage storage, UUID queue) {
        for (int looks = 1;; looks++) {
            try {
                return new Look().at(storage, queue);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT || looks == MAX_LOOKS) {
                    throw e;
                }
            }
        }
    }

    private boolean isDamagedAs(LogCheck other) {
        return other != null && damage.equals(other.damage) && refusal.equals(other.refusal);
    }

    private static final class Look implements LogEntryHandler {
        private final List<String> damage = new ArrayList<>();
        private final List<Integer> unfinished = new ArrayList<>();
        private String tornTail = "";
        private long batches;
        private long messageBytes;

        LogCheck at(LogStorage storage, UUID queue) {
            Replay replay = Replay.of(storage, queue);
            replay.forEach((position, mtype, buffer, offset, length) -> messageBytes += length);
            LogReader.read(storage, queue, 0, this);
            int[] numbers = storage.list();
            long bytes = 0;
            for (int number : numbers) {
                try (LogFile file = storage.open(number)) {
                    bytes += file.length();
                }
            }
            return new LogCheck(numbers.length, bytes, batches, replay.isComplete(), replay.cleanStop(), replay.size(),
                messageBytes, tornTail, unfinished, damage, replay.report().damage());
        }

        @Override
        public void onBatch(int file, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
            long timeMs) {
            if (Thread.interrupted()) {
                throw new ErrnoException(Errno.EINTR, "interrupted");
            }
            batches++;
        }

        @Override
        public void onDamage(int file, long offset, String what) {
            damage.add(LogCheck.damage(file, offset, what));
        }

        @Override
        public void onTornTail(int file, long offset) {
            tornTail = "file " + file + ", offset " + offset;
        }

        @Override
        public void onUnfinishedFile(int file) {
            unfinished.add(file);
        }
    }
}
