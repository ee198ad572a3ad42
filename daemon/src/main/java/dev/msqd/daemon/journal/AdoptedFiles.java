package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What a process that is about to write finds of its predecessors.
 *
 * @param newest        the header of the newest file whose header is surely on disk (rule 2); null: there is none
 * @param sequenceLimit sequences of batches there are at most this
 */
record AdoptedFiles(LogFileHeader newest, long sequenceLimit) {
    private static final AdoptedFiles NONE = new AdoptedFiles(null, 0);

    /** More than anybody keeps, and few enough to be told in nanoseconds. */
    private static final long MAX_AGE_MS = TimeUnit.DAYS.toMillis(36_500);

    /**
     * Adds all files there are. One with a good successor ended when that was made; else it counts as just ended. Their ages count from when the
     * newest was made: a clock that was set since makes none of them old.
     */
    static AdoptedFiles addTo(LogFiles files, LogStorage storage, UUID queue, long nowNs) {
        int[] numbers = storage.list();
        long[] lengths = new long[numbers.length];
        long[] endsNs = new long[numbers.length];
        AdoptedFiles adopted = NONE;
        long endNs = nowNs;
        long latestMs = Long.MIN_VALUE; // by the newest good header
        ByteBuffer page = LogFileHeader.newPage();
        for (int index = numbers.length - 1; index >= 0; index--) {
            endsNs[index] = endNs;
            try (LogFile file = storage.open(numbers[index])) {
                lengths[index] = file.length();
                file.read(page.clear(), 0);
            }
            if (LogFileHeader.fault(page.flip(), queue, numbers[index]) == null) {
                LogFileHeader header = LogFileHeader.decode(page);
                latestMs = latestMs == Long.MIN_VALUE ? header.madeMs() : latestMs;
                long ageMs = Math.clamp(latestMs - header.madeMs(), 0, MAX_AGE_MS);
                endNs = nowNs - TimeUnit.MILLISECONDS.toNanos(ageMs);
                if (adopted == NONE && lengths[index] > HEADER_LENGTH) {
                    adopted = new AdoptedFiles(header, header.firstSequence() + lengths[index] / PAGE_LENGTH);
                }
            }
        }
        for (int index = 0; index < numbers.length; index++) {
            files.add(numbers[index], lengths[index], endsNs[index]);
        }
        return adopted;
    }
}
