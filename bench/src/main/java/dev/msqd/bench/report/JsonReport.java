package dev.msqd.bench.report;

import dev.msqd.bench.axis.Key;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.machine.Stay;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * The report for programs. A place is "any", "near", "apart" or "uncertain" ({@link Place}).
 *
 * <pre>
 *   { "head": { name: text, ... },
 *     "figures": [ { "axis", "setting", "peer", "metric", "median", "min", "max", "rounds": { round: value },
 *                    "places": { round: place } } ],                 without places: any
 *     "goals": [ { "goal", "bound", "limit", "place", "ratio", "min", "max", "peer", "reached" } ],
 *              one for each place; without ratio: not measured, or, if place is "never the same", not in the same place
 *     "missing": { what: why }, "repeats": { what: count }, "disturbed": [ what ],
 *     "distances": { what: { round: [ before, after ] } } }          between the two processors, nanoseconds
 * </pre>
 */
final class JsonReport {
    private JsonReport() {}

    static String of(Map<String, String> head, Results results) {
        StringJoiner figures = list();
        results.figures().forEach((key, rounds) -> figures.add(figure(results, key, rounds)));
        StringJoiner goals = list();
        Goal.ALL.forEach(goal -> goals(results, goal, goals));
        StringJoiner disturbed = list();
        results.disturbed().forEach(what -> disturbed.add(string(what)));
        StringJoiner distances = object();
        results.distances().forEach((what, rounds) -> distances.add(string(what) + ": " + stays(rounds)));
        return "{\n\"head\": " + texts(head) + ",\n\"figures\": " + figures + ",\n\"goals\": " + goals
            + ",\n\"missing\": "
            + texts(results.missing()) + ",\n\"repeats\": " + numbers(results.repeats()) + ",\n\"disturbed\": "
            + disturbed + ",\n\"distances\": " + distances + "\n}\n";
    }

    private static String figure(Results results, Key key, TreeMap<Integer, Double> rounds) {
        var spread = Spread.of(rounds.values().stream().mapToDouble(Double::doubleValue));
        StringJoiner places = object().setEmptyValue("");
        rounds.keySet().stream().filter(round -> results.place(key, round) != Place.ANY)
            .forEach(round -> places.add(text(round.toString(), results.place(key, round).code())));
        StringJoiner object =
            object().add(text("axis", key.axis())).add(text("setting", key.setting())).add(text("peer", key.peer()))
                .add(text("metric", key.metric())).add(value("median", spread.median())).add(value("min", spread.min()))
                .add(value("max", spread.max())).add(string("rounds") + ": " + numbers(rounds));
        if (places.length() > 0) {
            object.add(string("places") + ": " + places);
        }
        return object.toString();
    }

    private static void goals(Results results, Goal goal, StringJoiner goals) {
        List<Goal.Verdict> verdicts = goal.judge(results);
        if (verdicts.isEmpty()) {
            StringJoiner object = goal(goal);
            if (goal.isMeasured(results)) {
                object.add(text("place", "never the same"));
            }
            goals.add(object.toString());
        }
        for (Goal.Verdict verdict : verdicts) {
            goals.add(goal(goal).add(text("place", verdict.place().code())).add(value("ratio", verdict.ratio()))
                .add(value("min", verdict.rounds().min())).add(value("max", verdict.rounds().max()))
                .add(text("peer", verdict.peer().peer())).add(string("reached") + ": " + verdict.reached()).toString());
        }
    }

    private static StringJoiner goal(Goal goal) {
        return object().add(text("goal", goal.what())).add(text("bound", goal.bound().name()))
            .add(value("limit", goal.limit()));
    }

    private static String stays(Map<Integer, Stay> rounds) {
        StringJoiner object = object();
        rounds.forEach((round, stay) -> object
            .add(string(round.toString()) + ": [" + stay.beforeNs() + ", " + stay.afterNs() + "]"));
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
