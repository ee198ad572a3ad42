package dev.msqd.bench.axis;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * One figure of one round.
 *
 * @param setting   such as the length of messages
 * @param peer      label
 * @param metric    with its unit
 * @param value     in that unit
 * @param histogram nanoseconds that the figure was taken from; null if none
 */
public record Reading(String setting, String peer, String metric, double value, Histogram histogram) {
    private static final double NS_PER_US = 1e3;

    static Reading of(String setting, String peer, String metric, double value) {
        return new Reading(setting, peer, metric, value, null);
    }

    /** One figure for each of the percentiles, microseconds. */
    static List<Reading> percentiles(
        String setting, String peer, String what, Histogram timesNs, double... percentiles) {
        return Arrays.stream(percentiles)
            .mapToObj(percentile -> new Reading(setting, peer, percentileMetric(what, percentile),
                timesNs.getValueAtPercentile(percentile) / NS_PER_US, timesNs))
            .toList();
    }

    /** Its name. */
    static String percentileMetric(String what, double percentile) {
        String number = String.format(Locale.ROOT, "%s", percentile);
        return what + " p" + (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number) + ", µs";
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %s %.4g", peer, metric, value);
    }
}
