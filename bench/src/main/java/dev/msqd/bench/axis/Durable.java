package dev.msqd.bench.axis;

import dev.msqd.bench.durable.Candidate;
import dev.msqd.bench.durable.DurableRound;
import dev.msqd.bench.worker.Crew;
import dev.msqd.bench.worker.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Messages that are safe from a power cut before the call returns. */
public final class Durable implements Axis {
    static final String NAME = "durable";
    static final String RATE = "thousand/s";
    static final String LATENCY = "until safe";

    private static final int SENDERS = 64;
    private static final String ASYNCHRONOUS =
        "msqd, a sync for " + DurableRound.MESSAGES_PER_SYNC + " messages";
    private static final String ALONE = "1 sender";
    private static final String TOGETHER = SENDERS + " senders";
    /** What a queue holds by default, nearly. */
    private static final int UNSYNCED = 1_000_000;
    private static final double THOUSAND = 1e3;
    private static final Set<Candidate> ONLY_FULL =
        EnumSet.of(Candidate.BARE_RESERVED, Candidate.BARE_GROWING, Candidate.BARE_DIRECT);

    private int rounds;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Safe from a power cut";
    }

    @Override
    public String method(Scale scale) {
        return "64 bytes; one sender, then " + SENDERS
            + ", threads of one JVM, not pinned; msqd's daemon in a process of its own. All take"
            + " turns of 50 messages of each sender within a round; " + alone(scale) + " messages of the one, "
            + together(scale)
            + " of each of the many, after " + aloneBefore(scale) + " and " + togetherBefore(scale)
            + " of warm-up. Bare file: 4 KiB into blocks written before, fdatasync,"
            + " shared by a leader and its followers. Artemis's buffer waits 100 µs instead of its default of 3.3 ms. Syncs of one"
            + " disk: what the hypervisor's host does with them, nobody here knows.";
    }

    @Override
    public boolean dependsOnPlace() {
        return false;
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (Candidate candidate : Candidate.values()) {
            if (candidate.hindrance() != null) {
                trials.add(new Trial(ALONE, candidate.label(), crew -> {
                    throw new Trial.Unavailable(candidate.hindrance());
                }));
            }
        }
        trials.add(new Trial("all", "all", crew -> measure(crew, scale)));
        return trials;
    }

    /** Durable messages of one sender a second, thousands. */
    public static Key alone(Candidate candidate) {
        return new Key(NAME, ALONE, candidate.label(), RATE);
    }

    /** Durable messages of many senders a second, thousands. */
    public static Key together(Candidate candidate) {
        return new Key(NAME, TOGETHER, candidate.label(), RATE);
    }

    /** The same of one sender whose acknowledgements come later. */
    public static Key asynchronous() {
        return new Key(NAME, ALONE, ASYNCHRONOUS, RATE);
    }

    private List<Reading> measure(Crew crew, Scale scale) throws IOException, InterruptedException {
        List<Candidate> candidates = new ArrayList<>(List.of(Candidate.values()));
        candidates.removeIf(candidate -> candidate.hindrance() != null
            || scale != Scale.FULL && ONLY_FULL.contains(candidate));
        Collections.rotate(candidates, -rounds++);
        Outcome outcome = crew.run(NAME, false, DurableRound.class,
            List.of(candidates.stream().map(Candidate::name).collect(Collectors.joining(",")),
                crew.site().disk().toString(), Integer.toString(aloneBefore(scale)), Integer.toString(alone(scale)),
                Integer.toString(SENDERS), Integer.toString(togetherBefore(scale)),
                Integer.toString(together(scale)),
                Integer.toString(scale.choose(1_000, UNSYNCED, UNSYNCED))));
        List<Reading> readings = new ArrayList<>();
        Collections.sort(candidates);
        for (Candidate candidate : candidates) {
            readings.addAll(readings(outcome, candidate, ALONE, candidate.name() + DurableRound.ALONE));
        }
        readings.add(
            Reading.of(ALONE, ASYNCHRONOUS, RATE, outcome.number(DurableRound.ASYNCHRONOUS) / THOUSAND));
        for (Candidate candidate : candidates) {
            readings.addAll(readings(outcome, candidate, TOGETHER, candidate.name() + DurableRound.TOGETHER));
        }
        return readings;
    }

    private static List<Reading> readings(Outcome outcome, Candidate candidate, String setting, String name) {
        List<Reading> readings = new ArrayList<>();
        Histogram timesNs = outcome.histogram(name);
        readings.add(Reading.of(setting, candidate.label(), RATE, outcome.number(name) / THOUSAND));
        readings.addAll(Reading.percentiles(setting, candidate.label(), LATENCY, timesNs, 50, 99));
        return readings;
    }

    /** What a JVM has not compiled yet takes longer; a daemon goes on for months. */
    private static int aloneBefore(Scale scale) {
        return scale.choose(2, 5_000, 5_000);
    }

    /** Long enough, in the full run, for logs to change their files. */
    private static int alone(Scale scale) {
        return scale.choose(5, 1_000, 5_000);
    }

    private static int togetherBefore(Scale scale) {
        return scale.choose(2, 500, 500);
    }

    private static int together(Scale scale) {
        return scale.choose(3, 200, 500);
    }
}
