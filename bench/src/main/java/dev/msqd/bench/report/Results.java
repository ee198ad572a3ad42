package dev.msqd.bench.report;

import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.Reading;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.machine.Stay;
import java.util.ArrayList;
import java.util.HashMap;
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
    /** Where the processors lay, by round, while figures that depend on it were measured; null is not known. */
    private final Map<Key, TreeMap<Integer, Stay>> stays = new HashMap<>();
    /** The same of each measurement for which it is known, to be reported. */
    private final Map<String, TreeMap<Integer, Stay>> distances = new LinkedHashMap<>();
    private final Places places = new Places();
    private boolean failed;

    /** A histogram of one round; the metrics that were taken from it share it. */
    record Recorded(int round, Key key, Histogram histogram) {}

    /** Figures for which it matters where the processors lay; null is not known. */
    public void add(int round, String axis, List<Reading> readings, Stay stay) {
        add(round, axis, readings);
        for (Reading reading : readings) {
            stays.computeIfAbsent(key(axis, reading), each -> new TreeMap<>()).put(round, stay);
        }
    }

    /** Figures for which it does not. */
    public void add(int round, String axis, List<Reading> readings) {
        Histogram last = null;
        for (Reading reading : readings) {
            Key key = key(axis, reading);
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

    /** A measurement counts although others used the processors, or they were moved. */
    public void disturbed(String what) {
        disturbed.add(what);
    }

    /** Where the two processors lay during a measurement that counts. */
    public void stayed(String what, int round, Stay stay) {
        distances.computeIfAbsent(what, each -> new TreeMap<>()).put(round, stay);
        places.add(stay);
    }

    Map<String, TreeMap<Integer, Stay>> distances() {
        return distances;
    }

    /** Of all measurements. */
    public LongSummaryStatistics distance() {
        return places.distances();
    }

    Places places() {
        return places;
    }

    /** Where a figure was measured. */
    Place place(Key key, int round) {
        TreeMap<Integer, Stay> rounds = stays.get(key);
        return rounds == null ? Place.ANY : places.of(rounds.get(round));
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

    /** The figures of the rounds in which it was measured there. */
    Map<Integer, Double> rounds(Key key, Place place) {
        Map<Integer, Double> rounds = new TreeMap<>(figures.getOrDefault(key, new TreeMap<>()));
        rounds.keySet().removeIf(round -> place(key, round) != place);
        return rounds;
    }

    /** Over these rounds; null if there is none. */
    Spread spread(Key key, Place place) {
        Map<Integer, Double> rounds = rounds(key, place);
        return rounds.isEmpty() ? null : Spread.of(rounds.values().stream().mapToDouble(Double::doubleValue));
    }

    private static Key key(String axis, Reading reading) {
        return new Key(axis, reading.setting(), reading.peer(), reading.metric());
    }
}
