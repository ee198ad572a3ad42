package dev.msqd.daemon;

import dev.msqd.layout.Durability;
import java.nio.file.Path;
import java.util.function.LongPredicate;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;

/** What serves queues of a directory of tests, with logs that are written at a park or stop alone. */
record TestLogs(Journals journals, LastTimes times) {
    static TestLogs in(Path directory) {
        return new TestLogs(new Journals(directory.resolve("log"), 50, 1 << 20, SystemEpochClock.INSTANCE),
            LastTimes.open(directory.resolve("times")));
    }

    HotQueues hotQueues(HotDirectory hot, LongPredicate alive) {
        return new HotQueues(hot, alive, journals, times);
    }

    Keepers keepers(HotDirectory hot, LongPredicate alive, int mostOpen) {
        return new Keepers(hotQueues(hot, alive), journals, times, mostOpen);
    }

    Queues queues(Registry registry, HotDirectory hot, LongPredicate alive, SystemWide system, int segmentLength,
        Durability durability, EpochClock clock) {
        HotQueues hotQueues = hotQueues(hot, alive);
        return new Queues(registry, hot, hotQueues, new Keepers(hotQueues, journals, times), system, segmentLength,
            durability, clock);
    }
}
