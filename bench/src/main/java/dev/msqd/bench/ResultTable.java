package dev.msqd.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The rounds' figures, and the table of their medians. */
final class ResultTable {
    private static final double MILLION = 1e6;
    private static final double NS_PER_US = 1e3;
    private static final String ROW = "%-24s %20s %9s   %20s %9s   %20s%n";

    private static final String LEGEND = """
        Median of the rounds (lowest..highest). x kernel: median of the rounds' ratios to the kernel's queue that is
        used in the same way; above 1 is faster than the kernel. Polling: calls that do not wait, in a loop. Blocking:
        calls that wait; msqd's look for a while before they sleep.
        """;

    private final Map<Transport, List<Figures>> rounds = new EnumMap<>(Transport.class);

    void add(Transport transport, Figures figures) {
        rounds.computeIfAbsent(transport, key -> new ArrayList<>()).add(figures);
    }

    void print(PrintStream out) {
        out.printf(ROW, "", "one way, million/s", "x kernel", "round trip p50, us", "x kernel", "round trip p99, us");
        rounds.keySet().forEach(transport -> out.printf(ROW,
            transport.label(),
            spread(transport, figures -> figures.oneWayPerSecond() / MILLION),
            ratio(transport, Figures::oneWayPerSecond),
            spread(transport, figures -> figures.medianNs() / NS_PER_US),
            ratio(transport, figures -> 1 / figures.medianNs()),
            spread(transport, figures -> figures.p99Ns() / NS_PER_US)));
        out.println();
        out.print(LEGEND);
    }

    private Spread spread(Transport transport, ToDoubleFunction<Figures> figure) {
        return Spread.of(rounds.get(transport).stream().mapToDouble(figure));
    }

    /** Round by round, because what disturbs a machine disturbs what runs next to each other alike. */
    private String ratio(Transport transport, ToDoubleFunction<Figures> speed) {
        List<Figures> own = rounds.get(transport);
        List<Figures> kernel = rounds.get(transport.baseline());
        if (kernel == null) {
            return "";
        }
        Spread ratios = Spread.of(IntStream.range(0, own.size())
            .mapToDouble(round -> speed.applyAsDouble(own.get(round)) / speed.applyAsDouble(kernel.get(round))));
        return Spread.threeDigits(ratios.median());
    }
}
