package dev.msqd.bench.axis;

import java.util.List;

/** All axes, in the order of the report. */
public final class Axes {
    private static final List<Axis> ALL =
        List.of(new OneThread(), new TwoProcesses(), new Paced(), new WakeUp(), new Crowds(),
            new SegmentChanges(), new SystemCalls(), new Depth(), new ManyQueues(), new WaitingClients(), new Durable(),
            new Recovery());

    private Axes() {}

    public static List<Axis> all() {
        return ALL;
    }
}
