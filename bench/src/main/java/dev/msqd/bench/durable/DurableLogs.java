package dev.msqd.bench.durable;

import dev.msqd.bench.machine.Machine;
import dev.msqd.bench.machine.Spread;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How long it takes until a message is safe from a power cut: one sender, a sync each; then many senders that share syncs. A round
 * gives every candidate a new log, then lets each in turn send a few messages, until all have sent all; the next round begins with another one.
 */
@Command(
    name = DurableLogs.NAME,
    sortOptions = false,
    description = "Measures what can carry a log that survives a power cut: files, Chronicle Queue, SQLite.")
public final class DurableLogs implements Callable<Integer> {
    /** The first argument of the program. */
    public static final String NAME = "durable-logs";

    static final int MESSAGE_LENGTH = 64;
    static final int MAX_SENDERS = 1024;

    /** Messages of a sender before it is the next candidate's turn: what disturbs a disk lasts longer. */
    private static final int TURN = 50;
    private static final double NS_PER_US = 1e3;
    private static final String ROW = "%-26s %22s %7s   %22s %7s   %22s %10s%n";

    @Option(names = "--directory", paramLabel = "DIR",
        description = "where the logs are made and deleted (a temporary one that is not in memory)")
    private Path parent;

    @Option(names = "--rounds", defaultValue = "5", paramLabel = "N", description = "rounds (${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = "--messages", defaultValue = "500", paramLabel = "N",
        description = "messages of one sender (${DEFAULT-VALUE})")
    private int messages;

    @Option(names = "--warm-up", defaultValue = "100", paramLabel = "N",
        description = "messages of each sender before, not counted (${DEFAULT-VALUE})")
    private int warmUp;

    @Option(names = "--senders", defaultValue = "64", paramLabel = "N",
        description = "senders that share syncs, at most " + MAX_SENDERS + " (${DEFAULT-VALUE})")
    private int senders;

    @Option(names = "--messages-each", defaultValue = "300", paramLabel = "N",
        description = "messages of each of them (${DEFAULT-VALUE})")
    private int messagesEach;

    @Option(names = "--candidates", split = ",", paramLabel = "C",
        description = "only these of ${COMPLETION-CANDIDATES}")
    private List<Candidate> candidates = List.of(Candidate.values());

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private final Map<Candidate, List<Sample>> alone = new EnumMap<>(Candidate.class);
    private final Map<Candidate, List<Sample>> together = new EnumMap<>(Candidate.class);

    public static void main(String[] arguments) {
        System.exit(commandLine(new DurableLogs()).execute(arguments));
    }

    static CommandLine commandLine(Object command) {
        return new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (rounds < 1 || messages < 1 || warmUp < 0 || messagesEach < 1 || senders < 1 || senders > MAX_SENDERS) {
            throw new ParameterException(spec.commandLine(),
                "at least 1 round, 1 message, 1 to " + MAX_SENDERS + " senders; the warm-up can't be negative");
        }
        try {
            Path directory = Files.createTempDirectory(parent == null ? onDisk() : parent, "msqd-bench-");
            try {
                compare(directory);
            } finally {
                IoUtil.delete(directory.toFile(), true);
            }
            return CommandLine.ExitCode.OK;
        } catch (IOException e) {
            e.printStackTrace(); // a failure of a file or a library is what this is to find
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void compare(Path directory) throws IOException, InterruptedException {
        Machine.description().forEach((name, fact) -> System.out.println(name + ": " + fact));
        FileStore store = Files.getFileStore(directory);
        System.out.println("directory   " + directory + ", " + store.type() + " on " + store.name());
        System.out.println("messages    " + MESSAGE_LENGTH + " bytes; " + messages + " of one sender, " + messagesEach
            + " of each of " + senders);
        System.out.println("rounds      " + rounds);
        System.out.println();
        try (ExecutorService threads = Executors.newFixedThreadPool(senders)) {
            for (int round = 0; round < rounds; round++) {
                List<Candidate> order = new ArrayList<>(candidates);
                Collections.rotate(order, -round);
                measure(order, directory, threads, 1, messages, alone);
                measure(order, directory, threads, senders, messagesEach, together);
            }
        }
        print(System.out);
    }

    private void measure(
        List<Candidate> order,
        Path parent,
        ExecutorService threads,
        int count,
        int messagesOfEach,
        Map<Candidate, List<Sample>> samples) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(parent, "round-");
        Map<Candidate, Entrant> entrants = new LinkedHashMap<>();
        try {
            for (Candidate candidate : order) {
                Entrant entrant = new Entrant(candidate, directory.resolve(candidate.name()), threads);
                entrants.put(candidate, entrant);
                entrant.send(count, warmUp);
                entrant.begin();
            }
            for (int left = messagesOfEach; left > 0; left -= TURN) {
                for (Entrant entrant : entrants.values()) {
                    entrant.send(count, Math.min(left, TURN));
                }
            }
            entrants.forEach(
                (candidate, entrant) -> samples.computeIfAbsent(candidate, each -> new ArrayList<>())
                    .add(entrant.sample()));
        } finally {
            CloseHelper.closeAll(entrants.values());
            IoUtil.delete(directory.toFile(), true);
        }
    }

    private void print(PrintStream out) {
        out.printf(ROW, "one sender", "p50, us", "x bare", "p99, us", "x bare", "messages/s", "");
        for (Candidate candidate : alone.keySet()) {
            out.printf(ROW, candidate.label(),
                spread(alone.get(candidate), sample -> sample.medianNs() / NS_PER_US),
                ratio(alone, candidate, Sample::medianNs),
                spread(alone.get(candidate), sample -> sample.p99Ns() / NS_PER_US),
                ratio(alone, candidate, Sample::p99Ns),
                spread(alone.get(candidate), Sample::perSecond), "");
        }
        out.println();
        out.printf(ROW, senders + " senders", "p50, us", "a sync", "p99, us", "x bare", "messages/s", "x alone");
        for (Candidate candidate : together.keySet()) {
            out.printf(ROW, candidate.label(),
                spread(together.get(candidate), sample -> sample.medianNs() / NS_PER_US),
                messagesPerSync(candidate),
                spread(together.get(candidate), sample -> sample.p99Ns() / NS_PER_US),
                ratio(together, candidate, Sample::p99Ns),
                spread(together.get(candidate), Sample::perSecond),
                ratio(together.get(candidate), alone.get(candidate), Sample::perSecond));
        }
        out.println();
        out.print("""
            Median of the rounds (lowest..highest). x bare: median of the rounds' ratios to writing a page into prewritten blocks
            and syncing it. a sync: messages that shared one. x alone: median ratio to its own rate with one sender.
            """);
    }

    private String messagesPerSync(Candidate candidate) {
        double median = spread(together.get(candidate), Sample::messagesPerSync).median();
        return Double.isFinite(median) ? Spread.threeDigits(median) : "";
    }

    private static Spread spread(List<Sample> samples, ToDoubleFunction<Sample> figure) {
        return Spread.of(samples.stream().mapToDouble(figure));
    }

    private static String ratio(
        Map<Candidate, List<Sample>> samples, Candidate candidate, ToDoubleFunction<Sample> figure) {
        List<Sample> bare = samples.get(Candidate.BARE);
        return bare == null ? "" : ratio(samples.get(candidate), bare, figure);
    }

    /** Round by round, because what disturbs a machine disturbs what runs next to each other alike. */
    private static String ratio(List<Sample> own, List<Sample> others, ToDoubleFunction<Sample> figure) {
        return Spread.threeDigits(Spread.of(IntStream.range(0, own.size())
            .mapToDouble(round -> figure.applyAsDouble(own.get(round)) / figure.applyAsDouble(others.get(round))))
            .median());
    }

    /** The first usual place for temporary files that is not in memory. */
    private static Path onDisk() throws IOException {
        for (String place : List.of(System.getProperty("java.io.tmpdir"), "/var/tmp", System.getProperty("user.dir"))) {
            Path path = Path.of(place);
            if (Files.isWritable(path) && !Files.getFileStore(path).type().matches("tmpfs|ramfs|overlay")) {
                return path;
            }
        }
        return Path.of(System.getProperty("java.io.tmpdir"));
    }
}
