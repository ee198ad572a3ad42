package dev.msqd.bench;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What one round of one transport gave.
 *
 * @param oneWayPerSecond messages a second, one way
 * @param medianNs        half of the round trips took no longer
 * @param p99Ns           99 % of the round trips took no longer
 */
record Figures(double oneWayPerSecond, double medianNs, double p99Ns) {
    private static final String SEPARATOR = " ";
    private static final double MEDIAN = 50;
    private static final double P99 = 99;

    /** @param oneWayNs from the first message to the last */
    static Figures of(long messages, long oneWayNs, Histogram roundTripsNs) {
        return new Figures(
            (double) (messages - 1) * TimeUnit.SECONDS.toNanos(1) / oneWayNs,
            roundTripsNs.getValueAtPercentile(MEDIAN),
            roundTripsNs.getValueAtPercentile(P99));
    }

    /** Reads what {@link #toString} wrote. */
    static Figures parse(String line) {
        String[] numbers = line.split(SEPARATOR);
        return new Figures(
            Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]));
    }

    @Override
    public String toString() {
        return oneWayPerSecond + SEPARATOR + medianNs + SEPARATOR + p99Ns;
    }
}
