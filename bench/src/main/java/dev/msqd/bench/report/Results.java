package dev.msqd.bench.report;

import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.Reading;
import dev.msqd.bench.machine.Spread;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What was read in all rounds, in the order in which it came first. One thread. */
public final class Results {
    /** Figures by round, from 1: where a trial failed, a round is missing. */
    private final Map<Key, TreeMap<Integer, Double>> figures = new LinkedHashMap<>();
    private final List<Recorded> histograms = new ArrayList<>();
    private final Map<String, String> missing = new LinkedHashMap<>();
    private final Map<String, Integer> repeats = new LinkedHashMap<>();
    private final List<String> disturbed = new ArrayList<>();
    /** How far apart the processors were, nanoseconds by round. */
    private final Map<String, TreeMap<Integer, Long>> distances = new LinkedHashMap<>();
    private boolean failed;

    /** A histogram of one round; the metrics that were taken from it share it. */
    record Recorded(int round, Key key, Histogram histogram) {}

    public void add(int round, String axis, List<Reading> readings) {
        Histogram last = null;
        for (Reading reading : readings) {
            Key key = new Key(axis, reading.setting(), reading.peer(), reading.metric());
            figures.computeIfAbsent(key, each -> new TreeMap<>()).put(round, reading.value());
            if (reading.histogram() != null && reading.histogram() != last) {
                last = reading.histogram();
                histograms.add(new Recorded(round, key, last));
            }
        }
    }

    /** It could not be measured: why. */
    public void missing(String what, String why) {
        missing.put(what, why);
    }

    /** It could have been measured, but was not: a mistake of somebody's. */
    public void failed(String what, Exception failure) {
        failed = true;
        missing.put(what, "failed: " + failure.getMessage());
    }

    public boolean failed() {
        return failed;
    }

    /** How many measurements were. */
    public int thrownAway() {
        return repeats.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** A measurement was thrown away. */
    public void repeated(String what) {
        repeats.merge(what, 1, Integer::sum);
    }

    /** A measurement counts although others used the processors. */
    public void disturbed(String what) {
        disturbed.add(what);
    }

    /** How far apart the two processors lay before a measurement. */
    public void distance(String what, int round, long roundTripNs) {
        distances.computeIfAbsent(what, each -> new TreeMap<>()).put(round, roundTripNs);
    }

    Map<String, TreeMap<Integer, Long>> distances() {
        return distances;
    }

    /** Of all measurements. */
    public LongSummaryStatistics distance() {
        return distances.values().stream().flatMap(rounds -> rounds.values().stream())
            .mapToLong(Long::longValue).summaryStatistics();
    }

    public Map<Key, TreeMap<Integer, Double>> figures() {
        return figures;
    }

    List<Recorded> histograms() {
        return histograms;
    }

    Map<String, String> missing() {
        return missing;
    }

    Map<String, Integer> repeats() {
        return repeats;
    }

    List<String> disturbed() {
        return disturbed;
    }

    /** Over the rounds; null if there is none. */
    Spread spread(Key key) {
        TreeMap<Integer, Double> rounds = figures.get(key);
        return rounds == null ? null : Spread.of(rounds.values().stream().mapToDouble(Double::doubleValue));
    }
}
