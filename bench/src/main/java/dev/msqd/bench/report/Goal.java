package dev.msqd.bench.report;

import static dev.msqd.bench.axis.TwoProcesses.rate;
import static dev.msqd.bench.axis.TwoProcesses.roundTrip;

import dev.msqd.bench.axis.Key;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.peer.Peers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What msqd is to reach: a bound for the ratio of the medians of two figures of one run.
 *
 * @param what  in words
 * @param own   msqd's figure
 * @param peers the figures that it is set against; of those that were measured the one that is hardest to reach counts
 * @param bound for own ÷ peer's
 * @param limit of that ratio
 */
record Goal(String what, Key own, List<Key> peers, Bound bound, double limit) {
    enum Bound {
        AT_LEAST("≥"), AT_MOST("≤");

        private final String sign;

        Bound(String sign) {
            this.sign = sign;
        }
    }

    private static final String MSQD = Peers.MSQD.label();
    private static final String AGRONA = Peers.AGRONA.label();
    private static final String AERON = Peers.AERON.label();
    private static final String KERNEL = Peers.KERNEL.label();

    static final List<Goal> ALL = List.of(
        atLeast(20, "one-way rate: kernel", rate(64, MSQD), rate(64, KERNEL)),
        atLeast(1.2, "one-way rate: Agrona's ring", rate(64, MSQD), rate(64, AGRONA)),
        atLeast(1.2, "one-way rate: Aeron IPC", rate(64, MSQD), rate(64, AERON)),
        atMost(1.35, "round trip, polling: bare cache line", roundTrip(64, true, MSQD),
            roundTrip(64, true, Peers.CACHE_LINE.label())),
        atMost(0.85, "round trip, polling: Agrona's ring", roundTrip(64, true, MSQD), roundTrip(64, true, AGRONA)),
        atMost(0.9, "round trip, polling: Aeron IPC", roundTrip(64, true, MSQD), roundTrip(64, true, AERON)),
        atMost(0.2, "round trip, polling: kernel, polling", roundTrip(64, true, MSQD), roundTrip(64, true, KERNEL)),
        atMost(0.01, "round trip, spin then park: kernel, blocking", roundTrip(64, false, MSQD),
            roundTrip(64, false, KERNEL)),
        atMost(1.0, "round trip, 1 KiB: Agrona's ring", roundTrip(1024, true, MSQD), roundTrip(1024, true, AGRONA)),
        atMost(1.0, "round trip, 8 KiB: Agrona's ring", roundTrip(8192, true, MSQD), roundTrip(8192, true, AGRONA)),
        // 1.2 times as long
        atLeast(1 / 1.2, "one-way rate, 1 KiB: Agrona's ring", rate(1024, MSQD), rate(1024, AGRONA)),
        atLeast(1 / 1.2, "one-way rate, 8 KiB: Agrona's ring", rate(8192, MSQD), rate(8192, AGRONA)));

    /**
     * What a run says.
     *
     * @param ratio  of the medians
     * @param rounds lowest and highest ratio of one round
     * @param peer   that the ratio is to
     */
    record Verdict(double ratio, Spread rounds, Key peer, boolean reached) {}

    /** Null if it was not measured. */
    Verdict judge(Results results) {
        Comparator<Verdict> byRatio = Comparator.comparingDouble(Verdict::ratio);
        return peers.stream().map(peer -> judge(results, peer)).filter(Objects::nonNull)
            .max(bound == Bound.AT_MOST ? byRatio : byRatio.reversed()).orElse(null);
    }

    /** The bound in words: "≥ 20 ×". */
    String boundText() {
        return bound.sign + " " + Figure.text(limit) + " ×";
    }

    private Verdict judge(Results results, Key peer) {
        Spread ownSpread = results.spread(own);
        Spread peerSpread = results.spread(peer);
        if (ownSpread == null || peerSpread == null) {
            return null;
        }
        double ratio = ownSpread.median() / peerSpread.median();
        TreeMap<Integer, Double> peerRounds = results.figures().get(peer);
        List<Double> ratios = new ArrayList<>();
        results.figures().get(own).forEach((round, figure) -> {
            if (peerRounds.containsKey(round)) {
                ratios.add(figure / peerRounds.get(round));
            }
        });
        Spread rounds = ratios.isEmpty() ? new Spread(ratio, ratio, ratio)
            : Spread.of(ratios.stream().mapToDouble(Double::doubleValue));
        return new Verdict(ratio, rounds, peer, bound == Bound.AT_MOST ? ratio <= limit : ratio >= limit);
    }

    private static Goal atLeast(double limit, String what, Key own, Key... peers) {
        return new Goal(what, own, List.of(peers), Bound.AT_LEAST, limit);
    }

    private static Goal atMost(double limit, String what, Key own, Key... peers) {
        return new Goal(what, own, List.of(peers), Bound.AT_MOST, limit);
    }
}
