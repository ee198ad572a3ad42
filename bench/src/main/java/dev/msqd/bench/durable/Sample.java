package dev.msqd.bench.durable;

import org.HdrHistogram.Histogram;

/**
 * What one candidate did in one round.
 *
 * @param perSecond durable messages a second
 * @param medianNs of the time until a message was durable
 * @param p99Ns of the same
 * @param messagesPerSync mean
 */
record Sample(double perSecond, double medianNs, double p99Ns, double messagesPerSync) {
    private static final double MEDIAN = 50;
    private static final double P99 = 99;

    static Sample of(Histogram latenciesNs, long tookNs, long syncs) {
        long messages = latenciesNs.getTotalCount();
        return new Sample(messages * 1e9 / tookNs, latenciesNs.getValueAtPercentile(MEDIAN),
            latenciesNs.getValueAtPercentile(P99), (double) messages / syncs);
    }
}
