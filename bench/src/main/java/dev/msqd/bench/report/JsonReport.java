package dev.msqd.bench.report;

import dev.msqd.bench.axis.Key;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The report for programs:
 *
 * <pre>
 *   { "head": { name: text, ... },
 *     "figures": [ { "axis", "setting", "peer", "metric", "median", "min", "max", "rounds": { round: value } } ],
 *     "goals": [ { "goal", "bound", "limit", "ratio", "min", "max", "peer", "reached" } ],     without ratio: not measured
 *     "missing": { what: why }, "repeats": { what: count }, "disturbed": [ what ],
 *     "distances": { what: { round: nanoseconds } } }      between the two processors, before each measurement
 * </pre>
 */
final class JsonReport {
    private JsonReport() {}

    static String of(Map<String, String> head, Results results) {
        StringJoiner figures = list();
        results.figures().forEach((key, rounds) -> figures.add(figure(results, key, rounds)));
        StringJoiner goals = list();
        Goal.ALL.forEach(goal -> goals.add(goal(goal, goal.judge(results))));
        StringJoiner disturbed = list();
        results.disturbed().forEach(what -> disturbed.add(string(what)));
        StringJoiner distances = object();
        results.distances().forEach((what, rounds) -> distances.add(string(what) + ": " + numbers(rounds)));
        return "{\n\"head\": " + texts(head) + ",\n\"figures\": " + figures + ",\n\"goals\": " + goals
            + ",\n\"missing\": "
            + texts(results.missing()) + ",\n\"repeats\": " + numbers(results.repeats()) + ",\n\"disturbed\": "
            + disturbed + ",\n\"distances\": " + distances + "\n}\n";
    }

    private static String figure(Results results, Key key, TreeMap<Integer, Double> rounds) {
        var spread = results.spread(key);
        return object().add(text("axis", key.axis())).add(text("setting", key.setting())).add(text("peer", key.peer()))
            .add(text("metric", key.metric())).add(value("median", spread.median())).add(value("min", spread.min()))
            .add(value("max", spread.max())).add(string("rounds") + ": " + numbers(rounds)).toString();
    }

    private static String goal(Goal goal, Goal.Verdict verdict) {
        StringJoiner object = object().add(text("goal", goal.what())).add(text("bound", goal.bound().name()))
            .add(value("limit", goal.limit()));
        if (verdict != null) {
            object.add(value("ratio", verdict.ratio())).add(value("min", verdict.rounds().min()))
                .add(value("max", verdict.rounds().max())).add(text("peer", verdict.peer().peer()))
                .add(string("reached") + ": " + verdict.reached());
        }
        return object.toString();
    }

    private static String texts(Map<String, String> map) {
        StringJoiner object = object();
        map.forEach((name, text) -> object.add(text(name, text)));
        return object.toString();
    }

    private static String numbers(Map<?, ? extends Number> map) {
        StringJoiner object = object();
        map.forEach((name, number) -> object.add(value(name.toString(), number.doubleValue())));
        return object.toString();
    }

    private static StringJoiner list() {
        return new StringJoiner(",\n  ", "[\n  ", "\n]").setEmptyValue("[]");
    }

    private static StringJoiner object() {
        return new StringJoiner(", ", "{", "}");
    }

    private static String text(String name, String text) {
        return string(name) + ": " + string(text);
    }

    private static String value(String name, double value) {
        return string(name) + ": " + (Double.isFinite(value) ? Double.toString(value) : "null");
    }

    private static String string(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }
}
