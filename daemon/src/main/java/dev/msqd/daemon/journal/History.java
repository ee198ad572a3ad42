package dev.msqd.daemon.journal;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;

/**
 * All messages that a log holds, those included that were received, each once and in the order in which they were sent. Reads only; a
 * daemon may be at work meanwhile. One thread at a time.
 *
 * <p>A log tells a message more than once: when it is copied out of a file that is mostly spent, in a checkpoint, and after the hot directory was
 * lost, when what was queued is put back under new positions. And it tells some late, such as one that was being written when the log passed
 * it. So it is read twice. The first time ({@link HistorySurvey}) notes what is out of order, which is little; the second time gives out the
 * rest as it lies there, and each of the noted in its place, or not at all if it was there before.
 */
public final class History {
    private static final int MAX_LOOKS = 20;
    private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LogStorage storage;
    private final UUID queue;
    private final HistorySurvey survey;
    private final Set<Integer> vanished = new HashSet<>();

    private History(LogStorage storage, UUID queue, HistorySurvey survey) {
        this.storage = storage;
        this.queue = queue;
        this.survey = survey;
    }

    /**
     * What the log holds up to now.
     *
     * @throws ErrnoException EACCES, EIO: the operating system refused
     */
    public static History of(LogStorage storage, UUID queue) {
        HistorySurvey survey = HistorySurvey.of(storage, queue);
        // What a daemon at work leaves behind looks like damage, but not twice the same.
        List<String> before = List.of();
        for (int look = 1; !survey.damage().isEmpty() && !survey.damage().equals(before) && look < MAX_LOOKS; look++) {
            LockSupport.parkNanos(LOOK_AGAIN_NS);
            before = survey.damage();
            survey = HistorySurvey.of(storage, queue);
        }
        return new History(storage, queue, survey);
    }

    /** What is damaged, with file and offset; the messages there are missing from this history. */
    public List<String> damage() {
        return survey.damage();
    }

    /** Of the newest hot file: positions that {@code msqd log} shows last are its. 0 if there is none. */
    public long incarnation() {
        return survey.incarnation();
    }

    /** How many files were deleted before {@link #forEach} came to them, because their history was old enough. */
    public int vanishedFiles() {
        return vanished.size();
    }

    /** Gives out the messages. What the handler throws ends it. */
    public void forEach(HistoryHandler handler) {
        vanished.clear();
        vanished.addAll(survey.files());
        Reading reading = new Reading(handler);
        LogReader.read(storage, queue, 0, reading);
        reading.end();
    }

    /** The second time. */
    private final class Reading implements LogEntryHandler {
        private final HistoryHandler handler;
        private final PayloadReader payloads = new PayloadReader(storage);
        private HistorySurvey.Life life;
        private int nextLate;
        private long highest;
        private long timeMs;
        private boolean beyond;

        private Reading(HistoryHandler handler) {
            this.handler = handler;
        }

        @Override
        public void onFile(int number, long incarnation, long madeMs) {
            vanished.remove(number);
            enter(incarnation);
        }

        @Override
        public void onCheckpointBegin(long incarnation) {
            enter(incarnation);
        }

        private void enter(long incarnation) {
            if (life != null && life.incarnation() == incarnation) {
                return;
            }
            end();
            life = survey.life(incarnation);
            nextLate = 0;
            highest = -1;
        }

        @Override
        public void onBatch(int number, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
            long writtenMs) {
            beyond = survey.isBeyond(number, offset);
            timeMs = writtenMs;
        }

        @Override
        public void onSend(long offset, long position, long mtype, DirectBuffer buffer, int at, int length) {
            if (beyond || life == null || position <= highest) {
                return;
            }
            giveLate(position, timeMs);
            highest = position;
            if (!life.isCopy(position)) {
                handler.onMessage(life.incarnation(), position, timeMs, mtype, buffer, at, length);
            }
        }

        /** Those before a position. None was sent later than what comes behind it. */
        private void giveLate(long before, long latestMs) {
            HistorySurvey.Late late = life.late();
            while (nextLate < late.size() && late.position(nextLate) <= before) {
                if (late.position(nextLate) < before && !life.isCopy(late.position(nextLate))
                    && late.position(nextLate) > highest) {
                    highest = late.position(nextLate);
                    give(highest, late.place(nextLate), Math.min(latestMs, late.timeMs(nextLate)));
                }
                nextLate++;
            }
        }

        private void give(long position, long place, long ms) {
            try {
                payloads.read(position, place, (same, mtype, buffer, at, length) -> handler
                    .onMessage(life.incarnation(), position, ms, mtype, buffer, at, length));
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
                vanished.add(Places.file(place));
            }
        }

        private void end() {
            if (life != null) {
                giveLate(Long.MAX_VALUE, Long.MAX_VALUE);
            }
        }
    }

    static String text(int file, long offset, String what) {
        return "file " + file + ", offset " + offset + ": " + what;
    }
}
