package dev.msqd.daemon;

import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.LogStorage;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;

/** What serves queues of a directory of tests, with logs that are written at a park or stop alone. */
record TestLogs(Journals journals, LastTimes times) {
    static TestLogs in(Path directory) {
        return new TestLogs(new Journals(directory.resolve("log"), 50, 1 << 20, SystemEpochClock.INSTANCE),
            LastTimes.open(directory.resolve("times")));
    }

    /** The same on disks of the test's own. */
    static TestLogs in(Path directory, Function<Path, LogStorage> disk) {
        return new TestLogs(new Journals(directory.resolve("log"), disk, 50, 1 << 20, SystemEpochClock.INSTANCE),
            LastTimes.open(directory.resolve("times")));
    }

    /** A queue of level interval for up to 1,000 bytes, with short segments. */
    static RegistryEntry entry(int msqid) {
        return new RegistryEntry(msqid, msqid + 1, "", 0, 0, 0, 0, 0600, 1000, 1, msqid, UUID.randomUUID(),
            QueueMemory.MIN_SEGMENT_LENGTH, Durability.INTERVAL, Retention.NONE);
    }

    HotQueues hotQueues(HotDirectory hot, LongPredicate alive) {
        return new HotQueues(hot, alive, journals, times);
    }

    private static Counting nothingCounted() {
        return new Counting(null, SystemEpochClock.INSTANCE);
    }

    Keepers keepers(HotDirectory hot, LongPredicate alive, int mostOpen) {
        return new Keepers(hotQueues(hot, alive), journals, times, nothingCounted(), mostOpen);
    }

    Queues queues(Registry registry, HotDirectory hot, LongPredicate alive, SystemWide system, int segmentLength,
        Durability durability, EpochClock clock) {
        HotQueues hotQueues = hotQueues(hot, alive);
        return new Queues(registry, hot, hotQueues, new Keepers(hotQueues, journals, times, nothingCounted()),
            system, segmentLength, durability, clock);
    }
}
