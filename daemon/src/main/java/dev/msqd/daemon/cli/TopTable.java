package dev.msqd.daemon.cli;

import dev.msqd.client.QueueStatistics;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The counters as lines for a screen or a file. */
final class TopTable {
    /** By what queues are ordered, the greatest first. */
    enum Order {
        NAME('n'), MESSAGES('m'), BYTES('b'), IN('i'), OUT('o'), AGE('a'), WAITING('w'), LAG('l');

        private final char letter;

        Order(char letter) {
            this.letter = letter;
        }

        /** As it is written on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The order that a key chooses, or null. */
        static Order of(int letter) {
            for (Order order : values()) {
                if (order.letter == letter) {
                    return order;
                }
            }
            return null;
        }

        /** For picocli, which by itself takes the constants' names as well, and lists both. */
        static final class Converter implements ITypeConverter<Order> {
            @Override
            public Order convert(String text) {
                return Stream.of(values()).filter(order -> order.toString().equals(text)).findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not a column ("
                        + Stream.of(values()).map(Order::toString).collect(Collectors.joining(", ")) + ")"));
            }
        }
    }

    private static final String ROW = "%7s  %-24s %12s %9s %10s %10s %7s %5s %5s %7s";
    private static final int NAME_LENGTH = 24;
    private static final long KIB = 1024;
    private static final String UNITS = "BKMGTP";
    private static final long COMPACT_FROM = 10_000_000;

    private final String directory;

    TopTable(String directory) {
        this.directory = directory;
    }

    /**
     * Two lines on all queues, one with the titles, one a queue.
     *
     * @param most queues to show
     */
    List<String> lines(Rates rates, Order order, boolean reversed, int most, long epochMs) {
        List<QueueStatistics> queues = new ArrayList<>(rates.snapshot().queues());
        Comparator<QueueStatistics> comparator = comparator(order, rates, epochMs);
        queues.sort((reversed ? comparator.reversed() : comparator).thenComparing(QueueStatistics::msqid));
        List<String> lines = new ArrayList<>(summary(rates));
        lines.add(
            String.format(ROW, "ID", "QUEUE", "MESSAGES", "BYTES", "IN/s", "OUT/s", "OLDEST", "RECV", "SEND", "LAG"));
        for (QueueStatistics queue : queues.subList(0, Math.min(most, queues.size()))) {
            lines.add(row(queue, rates, epochMs));
        }
        return lines;
    }

    private List<String> summary(Rates rates) {
        long messages = 0;
        long bytes = 0;
        double in = 0;
        double out = 0;
        for (QueueStatistics queue : rates.snapshot().queues()) {
            messages += queue.get(QueueCounter.DEPTH);
            bytes += queue.get(QueueCounter.BYTES);
            in += rates.sent(queue);
            out += rates.received(queue);
        }
        return List.of(
            String.format(Locale.ROOT, "%s: %d queues, %,d messages, %s bytes; %s in/s, %s out/s", directory,
                rates.snapshot().queues().size(), messages, bytes(bytes), rate(in, rates), rate(out, rates)),
            String.format(Locale.ROOT, "%d clients, %d deaths, %d repairs; log: %s syncs/s, %d faults",
                system(rates, SystemCounter.CLIENTS), system(rates, SystemCounter.DEATHS),
                system(rates, SystemCounter.REPAIRS), rate(rates.syncs(), rates),
                system(rates, SystemCounter.LOG_FAULTS)));
    }

    private static long system(Rates rates, SystemCounter counter) {
        return rates.snapshot().get(counter);
    }

    private static String row(QueueStatistics queue, Rates rates, long epochMs) {
        return String.format(ROW, queue.msqid(), cut(name(queue)), number(queue.get(QueueCounter.DEPTH)),
            bytes(queue.get(QueueCounter.BYTES)), rate(rates.sent(queue), rates), rate(rates.received(queue), rates),
            duration(queue.ageMs(epochMs)), queue.get(QueueCounter.WAITING_RECEIVERS),
            queue.get(QueueCounter.WAITING_SENDERS),
            duration(TimeUnit.NANOSECONDS.toMillis(queue.get(QueueCounter.LOG_LAG))));
    }

    private static String name(QueueStatistics queue) {
        return queue.name().isEmpty() ? Key.toString(queue.key()) : queue.name();
    }

    private static String cut(String name) {
        return name.codePointCount(0, name.length()) <= NAME_LENGTH
            ? name : name.substring(0, name.offsetByCodePoints(0, NAME_LENGTH - 1)) + "+";
    }

    private static Comparator<QueueStatistics> comparator(Order order, Rates rates, long epochMs) {
        return switch (order) {
            case NAME -> Comparator.comparing(TopTable::name);
            case MESSAGES -> greatest(queue -> queue.get(QueueCounter.DEPTH));
            case BYTES -> greatest(queue -> queue.get(QueueCounter.BYTES));
            case IN -> greatest(rates::sent);
            case OUT -> greatest(rates::received);
            case AGE -> greatest(queue -> queue.ageMs(epochMs));
            case WAITING -> greatest(queue -> queue.get(QueueCounter.WAITING_RECEIVERS)
                + queue.get(QueueCounter.WAITING_SENDERS));
            case LAG -> greatest(queue -> queue.get(QueueCounter.LOG_LAG));
        };
    }

    private static Comparator<QueueStatistics> greatest(ToDoubleFunction<QueueStatistics> value) {
        return Comparator.comparingDouble(value).reversed();
    }

    private static String rate(double value, Rates rates) {
        return rates.known() ? number(Math.round(value)) : "-";
    }

    static String number(long value) {
        return value < COMPACT_FROM ? String.format(Locale.ROOT, "%,d", value)
            : String.format(Locale.ROOT, "%.1fM", value / 1e6);
    }

    /** 1536 as 1.5K: binary units, as ls -h has them. */
    static String bytes(long value) {
        int unit = 0;
        double left = value;
        while (left >= KIB && unit < UNITS.length() - 1) {
            left /= KIB;
            unit++;
        }
        return unit == 0 ? Long.toString(value) : String.format(Locale.ROOT, left < 100 ? "%.1f%c" : "%.0f%c", left,
            UNITS.charAt(unit));
    }

    /** 0 as -, then 5ms, 5s, 5m, 5h, 5d. */
    static String duration(long ms) {
        if (ms == 0) {
            return "-";
        }
        long s = TimeUnit.MILLISECONDS.toSeconds(ms);
        if (s < 1) {
            return ms + "ms";
        }
        return s < 60 ? s + "s" : s < 3600 ? s / 60 + "m" : s < 86_400 ? s / 3600 + "h" : s / 86_400 + "d";
    }
}
