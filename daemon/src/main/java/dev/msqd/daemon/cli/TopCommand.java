package dev.msqd.daemon.cli;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.Statistics;
import dev.msqd.layout.SystemCounter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd top}: what happens in the queues, live. */
@Command(name = "top", sortOptions = false,
    description = "Show the queues live: depth, rates, the oldest message's age, waiters, the log's lag.",
    footer = {
        "",
        "Keys: q ends; n m b i o a w l sort by name, messages, bytes, in, out, age, waiting,",
        "lag; r reverses.",
        "Where stdout is no terminal, each round is printed below the one before."
    })
final class TopCommand implements Callable<Integer> {
    private static final long KEY_LOOK_MS = 50;
    private static final long LATE_AFTER_MS = 3_000;
    private static final double MIN_INTERVAL_S = 0.1;
    private static final double MAX_INTERVAL_S = 3_600;
    private static final int HEAD_LINE = 2;
    private static final int LINES_BEFORE_QUEUES = 4;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-d", "--interval"}, paramLabel = "SECONDS", defaultValue = "1",
        description = "Time between rounds, 0.1 to 3600. Default: ${DEFAULT-VALUE}. The daemon looks once a second.")
    private double intervalSeconds;

    @Option(names = {"-n", "--count"}, paramLabel = "N", description = "End after N rounds.")
    private Long count;

    @Option(names = {"-s", "--sort"}, paramLabel = "COLUMN", defaultValue = "messages",
        converter = TopTable.Order.Converter.class,
        description = "Order: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private TopTable.Order order;

    private final Rates rates = new Rates();
    private boolean reversed;
    private Msqd msqd;
    private Statistics statistics;

    @Override
    public Integer call() throws IOException {
        if (!(intervalSeconds >= MIN_INTERVAL_S && intervalSeconds <= MAX_INTERVAL_S)) {
            throw new ParameterException(spec.commandLine(), "--interval is 0.1 to 3600 seconds");
        }
        if (count != null && count < 0) {
            throw new ParameterException(spec.commandLine(), "--count is 0 or more, not " + count);
        }
        long intervalMs = (long) (intervalSeconds * TimeUnit.SECONDS.toMillis(1));
        long rounds = count == null ? Long.MAX_VALUE : count;
        try {
            connect();
            TopTable table = new TopTable(main.directory().toString());
            if (Terminal.isTerminal(Terminal.STDOUT) && Terminal.isTerminal(Terminal.STDIN)) {
                try (Screen screen = new Screen(spec.commandLine().getOut())) {
                    watch(screen, table, intervalMs, rounds);
                }
            } else {
                print(table, intervalMs, rounds);
            }
        } catch (InterruptedException e) {
            throw new Failure(ExitStatus.INTERRUPTED, "", e);
        } finally {
            disconnect();
        }
        return ExitStatus.OK;
    }

    private void watch(Screen screen, TopTable table, long intervalMs, long rounds)
        throws IOException, InterruptedException {
        for (long round = 0; round < rounds; round++) {
            long begunMs = System.currentTimeMillis();
            screen.measure();
            read();
            draw(screen, table);
            while (System.currentTimeMillis() - begunMs < intervalMs) {
                int key = screen.key();
                if (key == 'q') {
                    return;
                }
                if (key == Screen.NO_KEY) {
                    Thread.sleep(KEY_LOOK_MS);
                } else if (choose(key)) {
                    draw(screen, table);
                }
            }
        }
    }

    private boolean choose(int key) {
        TopTable.Order chosen = TopTable.Order.of(key);
        if (chosen == null && key != 'r') {
            return false;
        }
        reversed = key == 'r' && !reversed;
        order = chosen == null ? order : chosen;
        return true;
    }

    private void draw(Screen screen, TopTable table) {
        List<String> lines = table.lines(rates, order, reversed, Math.max(1, screen.rows() - LINES_BEFORE_QUEUES),
            System.currentTimeMillis());
        lines.add(HEAD_LINE, late());
        screen.show(lines, HEAD_LINE + 1);
    }

    /** A rate takes two looks, so the first round is printed after an interval. */
    private void print(TopTable table, long intervalMs, long rounds) throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        read();
        for (long round = 0; round < rounds && !out.checkError(); round++) {
            Thread.sleep(intervalMs);
            do {
                read();
                if (!rates.known()) {
                    Thread.sleep(KEY_LOOK_MS);
                }
            } while (!rates.known() && late().isEmpty());
            out.print(round > 0 ? System.lineSeparator() : "");
            table.lines(rates, order, reversed, Integer.MAX_VALUE, System.currentTimeMillis()).forEach(out::println);
            if (!late().isEmpty()) {
                Main.complain(late());
            }
        }
    }

    // ---- the counters

    private void connect() {
        msqd = main.connect();
        statistics = msqd.statistics();
    }

    private void disconnect() {
        if (statistics != null) {
            statistics.close();
        }
        if (msqd != null) {
            msqd.close();
        }
    }

    private void read() {
        rates.update(statistics.snapshot());
        if (!late().isEmpty()) {
            connectAnew();
        }
    }

    /** The daemon looks each second as long as there are clients such as this one; empty if it did. */
    private String late() {
        long ms = System.currentTimeMillis() - rates.snapshot().get(SystemCounter.LOOKED);
        return ms < LATE_AFTER_MS ? ""
            : "the daemon has not looked at its queues for " + TimeUnit.MILLISECONDS.toSeconds(ms) + " s";
    }

    /** To the daemon that came after it, whose hot directory may be another. */
    private void connectAnew() {
        try {
            Msqd next = main.connect();
            disconnect();
            msqd = next;
            statistics = msqd.statistics();
        } catch (ErrnoException e) {
            // still away
        }
    }
}
