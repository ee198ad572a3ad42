package dev.msqd.bench.report;

import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.Scale;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.machine.Stay;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The report to read: what was measured on, the goals, a table for each axis and setting. */
final class MarkdownReport {
    private final StringBuilder text = new StringBuilder();
    private final Results results;

    private MarkdownReport(Results results) {
        this.results = results;
    }

    /** @param plots file of each axis that has one */
    static String of(
        Map<String, String> head, List<Axis> axes, Scale scale, Results results, Map<String, String> plots) {
        MarkdownReport report = new MarkdownReport(results);
        report.head(head);
        report.goals();
        axes.forEach(axis -> report.axis(axis, scale, plots.get(axis.name())));
        report.notes();
        return report.text.toString();
    }

    private void head(Map<String, String> head) {
        line("# msqd beside its peers");
        line("");
        line(
            "Figures are medians of the rounds (lowest..highest). Ratios are of this run's medians (lowest..highest of one round).");
        line("");
        row("", "");
        row("---", "---");
        head.forEach(this::row);
        line("");
    }

    private void goals() {
        line("## Goals");
        line("");
        row("msqd's … against", "ratio", "goal", "");
        row("---", "---", "---", "---");
        for (Goal goal : Goal.ALL) {
            List<Goal.Verdict> verdicts = goal.judge(results);
            if (verdicts.isEmpty()) {
                row(goal.what(), goal.isMeasured(results) ? "never measured in the same place" : "not measured",
                    goal.boundText(), "");
            }
            for (Goal.Verdict verdict : verdicts) {
                row(verdict.place().name(goal.what()),
                    Figure.text(verdict.ratio()) + " (" + Figure.text(verdict.rounds().min()) + ".."
                        + Figure.text(verdict.rounds().max()) + ")",
                    goal.boundText(), verdict.reached() ? "reached" : "**not reached**");
            }
        }
        line("");
    }

    private void axis(Axis axis, Scale scale, String plot) {
        List<Key> keys = results.figures().keySet().stream().filter(key -> key.axis().equals(axis.name())).toList();
        line("## " + axis.title());
        line("");
        line(axis.method(scale));
        line("");
        for (String setting : distinct(keys, Key::setting)) {
            table(setting, keys.stream().filter(key -> key.setting().equals(setting)).toList());
        }
        if (plot != null) {
            line("![" + axis.title() + "](" + plot + ")");
            line("");
        }
    }

    private void table(String setting, List<Key> keys) {
        List<String> metrics = List.copyOf(distinct(keys, Key::metric));
        List<String> cells = new ArrayList<>();
        cells.add(setting);
        cells.addAll(metrics);
        row(cells.toArray(String[]::new));
        row(cells.stream().map(cell -> "---").toArray(String[]::new));
        for (String peer : distinct(keys, Key::peer)) {
            for (Place place : Place.values()) {
                List<Spread> spreads = new ArrayList<>();
                metrics.forEach(
                    metric -> spreads
                        .add(results.spread(new Key(keys.getFirst().axis(), setting, peer, metric), place)));
                if (spreads.stream().anyMatch(Objects::nonNull)) {
                    cells.clear();
                    cells.add(place.name(peer));
                    spreads.forEach(spread -> cells.add(spread == null ? "" : Figure.text(spread)));
                    row(cells.toArray(String[]::new));
                }
            }
        }
        line("");
    }

    private void notes() {
        if (!results.missing().isEmpty()) {
            line("## Not measured");
            line("");
            results.missing().forEach((what, why) -> line("- " + what + ": " + why));
            line("");
        }
        if (!results.repeats().isEmpty()) {
            line("## Measured again");
            line("");
            line("Thrown away, because others used the processors meanwhile, or the hypervisor moved them:");
            line("");
            results.repeats().forEach((what, count) -> line("- " + what + ": " + count));
            line("");
        }
        if (results.places().areTwo()) {
            line("## The processors were moved");
            line("");
            line(
                "A cache line's round trip between the two processors before/after each measurement, ns, by rounds. Less than "
                    + Figure.text(results.places().boundaryNs()) + " is near, more is apart. Goals and tables of what"
                    + " depends on it are by place: a ratio of two places would say nothing of the peers.");
            line("");
            results.distances().forEach((what, rounds) -> line("- " + what + ": " + rounds.values().stream()
                .map(Stay::toString).collect(Collectors.joining(", "))));
            line("");
        }
        if (!results.disturbed().isEmpty()) {
            line("## Disturbed");
            line("");
            line(
                "These count although others used the processors, or they were moved; they were measured again as often as allowed:");
            line("");
            results.disturbed().forEach(what -> line("- " + what));
            line("");
        }
    }

    private static Set<String> distinct(List<Key> keys, Function<Key, String> part) {
        Set<String> parts = new LinkedHashSet<>();
        keys.forEach(key -> parts.add(part.apply(key)));
        return parts;
    }

    private void row(String... cells) {
        line("| " + String.join(" | ", cells) + " |");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
