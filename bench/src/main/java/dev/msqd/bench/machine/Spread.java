package dev.msqd.bench.machine;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** A figure over several rounds. */
public record Spread(double median, double min, double max) {
    /** At least one value. */
    public static Spread of(DoubleStream values) {
        double[] sorted = values.toArray();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    @Override
    public String toString() {
        return threeDigits(median) + " (" + threeDigits(min) + ".." + threeDigits(max) + ")";
    }

    /** More would promise too much. */
    public static String threeDigits(double value) {
        return String.format(Locale.ROOT, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
    }
}
