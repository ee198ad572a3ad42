package dev.msqd.bench;

import dev.msqd.bench.axis.Axes;
import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.KernelQueues;
import dev.msqd.bench.axis.Reading;
import dev.msqd.bench.axis.Scale;
import dev.msqd.bench.axis.Trial;
import dev.msqd.bench.machine.Distance;
import dev.msqd.bench.machine.Machine;
import dev.msqd.bench.machine.Pinning;
import dev.msqd.bench.machine.Processors;
import dev.msqd.bench.machine.Stay;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.peer.Site;
import dev.msqd.bench.report.Report;
import dev.msqd.bench.report.Results;
import dev.msqd.bench.worker.Crew;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures msqd beside its peers. Each round lets every peer have its turn in every axis, beginning with another one each time: whatever
 * the machine does besides, it does to all of them. What was measured while somebody else used the processors, or while the hypervisor
 * moved them, is thrown away and measured again, a bounded number of times.
 */
@Command(
    name = "bench",
    sortOptions = false,
    description = "Measures msqd beside its peers, and writes a report: Markdown, JSON, HdrHistogram logs and plots.")
public final class Bench implements Callable<Integer> {
    @Option(names = "--full", description = "everything: all lengths, depths and peers (hours instead of minutes)")
    private boolean full;

    @Option(names = "--tiny", hidden = true, description = "so little that it only shows that it works")
    private boolean tiny;

    @Option(names = "--report", paramLabel = "DIR", defaultValue = "bench-report",
        description = "where the report goes (${DEFAULT-VALUE})")
    private Path report;

    @Option(names = "--only", split = ",", paramLabel = "AXIS",
        description = "only these axes; --list tells their names")
    private List<String> only;

    @Option(names = "--match", paramLabel = "REGEX", defaultValue = "",
        description = "only what has this in its name: AXIS, SETTING, PEER; for example: 64 B, polling, (msqd|Agrona)")
    private Pattern match;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "rounds (${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = "--repeats", paramLabel = "N", defaultValue = "3",
        description = "how often a disturbed measurement is made again before it counts nevertheless (${DEFAULT-VALUE})")
    private int repeats;

    @Option(names = "--processors", split = ",", defaultValue = "0,1", paramLabel = "N",
        description = "processors to pin processes to, in turn (${DEFAULT-VALUE})")
    private List<Integer> processors;

    @Option(names = "--directory", paramLabel = "DIR",
        description = "where files on disk are made and deleted (a temporary one that is not in memory)")
    private Path directory;

    @Option(names = "--list", description = "prints the axes")
    private boolean list;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private final Results results = new Results();

    public static void main(String[] arguments) {
        System.exit(commandLine(new Bench()).execute(arguments));
    }

    static CommandLine commandLine(Object command) {
        return new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (list) {
            Axes.all().forEach(axis -> System.out.printf("%-16s %s%n", axis.name(), axis.title()));
            return CommandLine.ExitCode.OK;
        }
        List<Axis> axes = axes();
        if (rounds < 1 || repeats < 0) {
            throw new ParameterException(spec.commandLine(), "--rounds is at least 1, --repeats at least 0");
        }
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        Scale scale = tiny ? Scale.TINY : full ? Scale.FULL : Scale.SHORT;
        try (Site site = new Site(directory)) {
            Crew crew = new Crew(site, Pinning.to(processors));
            Map<String, String> head = head(crew, scale);
            head.forEach((name, value) -> System.out.println(name + ": " + value));
            for (int round = 1; round <= rounds; round++) {
                for (Axis axis : axes) {
                    List<Trial> trials = new ArrayList<>(axis.trials(scale));
                    trials.removeIf(trial -> !match.matcher(name(axis, trial)).find());
                    Collections.rotate(trials, 1 - round);
                    for (Trial trial : trials) {
                        measure(crew, round, axis, trial);
                    }
                    // After each: a run that is ended early leaves what it has.
                    head.put("rounds", axis == axes.getLast() ? round + " of " + rounds : round - 1 + " of " + rounds);
                    head.put("thrown away", results.thrownAway() + " measurements");
                    head.put("processors apart", apart());
                    Report.write(report, head, axes, scale, results);
                }
            }
            System.out.println("report: " + report.resolve("report.md").toAbsolutePath());
            return results.failed() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
        } catch (IOException | ErrnoException e) {
            System.err.println("bench: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void measure(Crew crew, int round, Axis axis, Trial trial) throws InterruptedException, IOException {
        String what = name(axis, trial);
        try {
            for (int attempt = 0;; attempt++) {
                OptionalLong beforeNs = distanceNs(axis);
                Processors watch = Processors.watch();
                List<Reading> readings = trial.measurement().take(crew);
                String others = watch.disturbance();
                Stay stay = Stay.of(beforeNs, distanceNs(axis));
                String disturbance = disturbance(others, stay);
                if (disturbance != null && attempt < repeats) {
                    results.repeated(what);
                    System.out.println(what + ": again, " + disturbance);
                    continue;
                }
                if (disturbance != null) {
                    results.disturbed(what + ", round " + round + ": " + disturbance);
                }
                if (axis.dependsOnPlace()) {
                    results.add(round, axis.name(), readings, stay);
                } else {
                    results.add(round, axis.name(), readings);
                }
                if (stay != null) {
                    results.stayed(what, round, stay);
                }
                System.out
                    .println("round " + round + ": " + what + (disturbance == null ? "" : " (" + disturbance + ")")
                        + (stay == null ? "" : " (processors " + stay + " ns apart)")
                        + readings.stream().map(Reading::toString).collect(Collectors.joining("\n    ", "\n    ", "")));
                return;
            }
        } catch (Trial.Unavailable e) {
            results.missing(what, e.getMessage());
        } catch (IOException | RuntimeException e) {
            // The others shall not suffer, but the run has failed.
            results.failed(what + ", round " + round, e);
            System.out.println(what + ": failed, " + e);
        }
    }

    /** Empty also where the place is of no account: nothing is measured again for it. */
    private OptionalLong distanceNs(Axis axis) throws InterruptedException {
        return axis.dependsOnPlace() ? Distance.roundTripNs(processors.getFirst(), processors.getLast())
            : OptionalLong.empty();
    }

    /** What is wrong with a measurement; null if nothing. */
    private static String disturbance(String others, Stay stay) {
        if (stay == null || !stay.moved()) {
            return others;
        }
        return (others == null ? "" : others + "; ") + "the processors were moved meanwhile, " + stay.beforeNs()
            + " ns apart before, " + stay.afterNs() + " ns after";
    }

    /** What a cache line took between the two, over the whole run so far: "131 to 552 ns for a cache line there and back". */
    private String apart() {
        LongSummaryStatistics distanceNs = results.distance();
        if (distanceNs.getCount() == 0) {
            return "not measured: not two processors to pin to";
        }
        long least = distanceNs.getMin();
        long most = distanceNs.getMax();
        return (least == most ? "" : least + " to ") + most + " ns for a cache line there and back";
    }

    private static String name(Axis axis, Trial trial) {
        return axis.name() + ", " + trial.setting() + ", " + trial.peer();
    }

    private List<Axis> axes() {
        if (only == null) {
            return Axes.all();
        }
        for (String name : only) {
            if (Axes.all().stream().noneMatch(axis -> axis.name().equals(name))) {
                throw new ParameterException(spec.commandLine(), "--only " + name + ": there are "
                    + Axes.all().stream().map(Axis::name).collect(Collectors.joining(", ")));
            }
        }
        return Axes.all().stream().filter(axis -> only.contains(axis.name())).toList();
    }

    private Map<String, String> head(Crew crew, Scale scale) {
        Map<String, String> head = new LinkedHashMap<>(Machine.description());
        head.put("kernel's queues",
            KernelQueues.hold(Shape.CAPACITY) ? "hold as much as the others"
                : "hold msgmnb: no CAP_SYS_RESOURCE for more");
        head.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        head.put("size of the run", scale.choose("tiny: the figures say nothing", "short", "full"));
        head.put("processes", crew.pinning().toString());
        return head;
    }
}
