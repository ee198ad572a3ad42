package dev.msqd.bench.axis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Sending a message and receiving it, selected by type, past many of another type. */
public final class Depth implements Axis {
    static final String NAME = "depth";
    static final String TIME = "send and select p50, ns";

    private static final int LENGTH = 64;
    private static final List<String> PEERS = List.of("msqd", "kernel (FFM)");
    private static final int BESIDE_KERNEL = 100_000;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Selective receive";
    }

    @Override
    public String method(Scale scale) {
        return Jmh.method(scale)
            + " One thread sends a message of 64 bytes and receives it past others of another type; the walk over"
            + " those that msqd makes once is in the warm-up; the clock is included (about 25 ns).";
    }

    @Override
    public boolean dependsOnPlace() {
        return false;
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (int depth : scale.choose(List.of(100), List.of(1_000, 100_000, 1_000_000),
            List.of(1_000, 100_000, 1_000_000))) {
            for (String selection : scale == Scale.FULL ? List.of("type", "lowest", "except") : List.of("type")) {
                for (String peer : scale == Scale.SHORT && depth != BESIDE_KERNEL ? PEERS.subList(0, 1) : PEERS) {
                    String setting = setting(depth, selection);
                    trials.add(new Trial(setting, peer, crew -> {
                        boolean msqd = peer.equals("msqd");
                        if (!msqd && !KernelQueues.hold((depth + 1L) * LENGTH)) {
                            throw new Trial.Unavailable(KernelQueues.TOO_SMALL);
                        }
                        return List.of(Reading.of(setting, peer, TIME, Jmh.run(crew, scale,
                            "SelectionBenchmark." + (msqd ? "msqd" : "kernel"), "p0.50", "depth=" + depth,
                            "selection=" + selection)));
                    }));
                }
            }
        }
        return trials;
    }

    /** Nanoseconds, selected by type. */
    public static Key select(int depth, String peer) {
        return new Key(NAME, setting(depth, "type"), peer, TIME);
    }

    private static String setting(int depth, String selection) {
        return String.format(Locale.ROOT, "%,d others, by %s", depth, selection);
    }
}
