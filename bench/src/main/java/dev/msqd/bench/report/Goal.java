package dev.msqd.bench.report;

import static dev.msqd.bench.axis.Crowds.twoSenders;
import static dev.msqd.bench.axis.Depth.select;
import static dev.msqd.bench.axis.Durable.alone;
import static dev.msqd.bench.axis.Durable.together;
import static dev.msqd.bench.axis.OneThread.enqueue;
import static dev.msqd.bench.axis.OneThread.pair;
import static dev.msqd.bench.axis.Paced.latency;
import static dev.msqd.bench.axis.SegmentChanges.send;
import static dev.msqd.bench.axis.SystemCalls.calls;
import static dev.msqd.bench.axis.TwoProcesses.rate;
import static dev.msqd.bench.axis.TwoProcesses.roundTrip;
import static dev.msqd.bench.axis.WakeUp.wakeUp;

import dev.msqd.bench.axis.Durable;
import dev.msqd.bench.axis.Key;
import dev.msqd.bench.axis.ManyQueues;
import dev.msqd.bench.durable.Candidate;
import dev.msqd.bench.machine.Spread;
import dev.msqd.bench.peer.Peers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What msqd is to reach: a bound for the ratio of the medians of two figures of one run, measured in the same {@link Place}.
 *
 * @param what  in words
 * @param own   msqd's figure
 * @param peers the figures that it is set against; of those that were measured the one that is hardest to reach counts. None: the
 *     figure itself has the bound
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

    private static final String KERNEL_C = Peers.KERNEL_C.label();
    private static final String CHRONICLE = Peers.CHRONICLE.label();
    private static final String BARE_RING = Peers.BARE_RING.label();

    /** 64 bytes unless they say otherwise. */
    static final List<Goal> ALL = List.of(
        atMost(1.1, "hot enqueue: Agrona's ring", enqueue(MSQD), enqueue(AGRONA)),
        atMost(1 / 8.0, "hot enqueue: the kernel's msgsnd in C", enqueue(MSQD), enqueue(KERNEL_C)),
        atMost(1 / 5.0, "hot enqueue: Chronicle Queue's append", enqueue(MSQD), enqueue(CHRONICLE)),
        atMost(1 / 8.0, "send and receive in one thread: kernel", pair(MSQD), pair(KERNEL_C), pair(KERNEL)),
        atLeast(20, "one-way rate: kernel", rate(64, MSQD), rate(64, KERNEL_C), rate(64, KERNEL)),
        atLeast(1.2, "one-way rate: Agrona's ring", rate(64, MSQD), rate(64, AGRONA)),
        atLeast(1.2, "one-way rate: Aeron IPC", rate(64, MSQD), rate(64, AERON)),
        atMost(1.35, "round trip, polling: bare cache line", roundTrip(64, true, MSQD),
            roundTrip(64, true, Peers.CACHE_LINE.label())),
        atMost(0.85, "round trip, polling: Agrona's ring", roundTrip(64, true, MSQD), roundTrip(64, true, AGRONA)),
        atMost(0.9, "round trip, polling: Aeron IPC", roundTrip(64, true, MSQD), roundTrip(64, true, AERON)),
        atMost(1 / 5.0, "round trip, polling: kernel, polling", roundTrip(64, true, MSQD),
            roundTrip(64, true, KERNEL_C),
            roundTrip(64, true, KERNEL)),
        atMost(1 / 100.0, "round trip, spin then park: kernel, blocking", roundTrip(64, false, MSQD),
            roundTrip(64, false, KERNEL_C), roundTrip(64, false, KERNEL)),
        atMost(1.1, "wake-up of a parked receiver: bare futex", wakeUp(MSQD), wakeUp(Peers.FUTEX.label())),
        atMost(1.0, "wake-up of a parked receiver: kernel", wakeUp(MSQD), wakeUp(KERNEL)),
        atMost(1.0, "round trip, 1 KiB: Agrona's ring", roundTrip(1024, true, MSQD), roundTrip(1024, true, AGRONA)),
        atMost(1.0, "round trip, 8 KiB: Agrona's ring", roundTrip(8192, true, MSQD), roundTrip(8192, true, AGRONA)),
        // 1.2 times as long a message.
        atLeast(1 / 1.2, "one-way rate, 1 KiB: Agrona's ring", rate(1024, MSQD), rate(1024, AGRONA)),
        atLeast(1 / 1.2, "one-way rate, 8 KiB: Agrona's ring", rate(8192, MSQD), rate(8192, AGRONA)),
        atMost(1.0, "two senders on one queue: Agrona's ring", twoSenders(MSQD), twoSenders(AGRONA)),
        atMost(2, "typed receive, 1,000,000 deep: itself, 1,000 deep", select(1_000_000, MSQD), select(1_000, MSQD)),
        atMost(1 / 2_500.0, "typed receive, 100,000 deep: kernel", select(100_000, MSQD), select(100_000, KERNEL)),
        atLeast(0.95, "durable, 1 sender, rate: pwrite and fdatasync", alone(Candidate.MSQD), alone(Candidate.BARE)),
        atLeast(0.9, "durable, 64 senders, rate: plain group commit", together(Candidate.MSQD),
            together(Candidate.BARE)),
        atLeast(1.0, "durable, 64 senders, rate: best of Artemis and Redis", together(Candidate.MSQD),
            together(Candidate.ARTEMIS_NIO), together(Candidate.ARTEMIS_MAPPED), together(Candidate.REDIS)),
        atLeast(10, "durable, acknowledged asynchronously, rate: 64 blocking senders", Durable.asynchronous(),
            together(Candidate.MSQD)),
        atMost(1.5, "p99.9 of a send, 64 B: recycled, mapped memory", send(64, 99.9, MSQD), send(64, 99.9, BARE_RING)),
        atMost(1.5, "p99.9 of a send, 1 KiB: recycled, mapped memory", send(1024, 99.9, MSQD),
            send(1024, 99.9, BARE_RING)),
        atMost(1.0, "p99.99 at 100 k/s: kernel", latency(100_000, 99.99, MSQD), latency(100_000, 99.99, KERNEL)),
        atMost(1.0, "p99.99 at 100 k/s: Chronicle Queue", latency(100_000, 99.99, MSQD),
            latency(100_000, 99.99, CHRONICLE)),
        // None but those at the beginning and the end.
        atMost(0.001, "system calls a message, receiver awake", calls(MSQD)),
        atLeast(1 / 1.5, "rate through 1,000 queues: itself, through 1", ManyQueues.rate(1_000, MSQD),
            ManyQueues.rate(1, MSQD)));

    /**
     * What a run says.
     *
     * @param place  in which both were measured
     * @param ratio  of the medians of those rounds; without peers the median itself
     * @param rounds the same of each round
     * @param peer   that the ratio is to
     */
    record Verdict(Place place, double ratio, Spread rounds, Key peer, boolean reached) {}

    /** In each place in which both were measured, in a run of one place at most one verdict. */
    List<Verdict> judge(Results results) {
        return Place.COMPARABLE.stream().map(place -> judge(results, place)).filter(Objects::nonNull).toList();
    }

    /** Wherever: without a verdict nevertheless, if never in the same place. */
    boolean isMeasured(Results results) {
        Set<Key> measured = results.figures().keySet();
        return measured.contains(own) && (peers.isEmpty() || peers.stream().anyMatch(measured::contains));
    }

    private Verdict judge(Results results, Place place) {
        if (peers.isEmpty()) {
            Spread spread = results.spread(own, place);
            return spread == null ? null : new Verdict(place, spread.median(), spread, own, isReached(spread.median()));
        }
        Comparator<Verdict> byRatio = Comparator.comparingDouble(Verdict::ratio);
        return peers.stream().map(peer -> judge(results, peer, place)).filter(Objects::nonNull)
            .max(bound == Bound.AT_MOST ? byRatio : byRatio.reversed()).orElse(null);
    }

    /** The bound in words: "≥ 20 ×". */
    String boundText() {
        boolean part = limit <= 0.5 && !peers.isEmpty();
        return bound.sign + " " + (part ? "1/" + Figure.text(1 / limit) : Figure.text(limit))
            + (peers.isEmpty() ? "" : " ×");
    }

    private Verdict judge(Results results, Key peer, Place place) {
        Spread ownSpread = results.spread(own, place);
        Spread peerSpread = results.spread(peer, place);
        if (ownSpread == null || peerSpread == null) {
            return null;
        }
        double ratio = ownSpread.median() / peerSpread.median();
        Map<Integer, Double> peerRounds = results.rounds(peer, place);
        List<Double> ratios = new ArrayList<>();
        results.rounds(own, place).forEach((round, figure) -> {
            if (peerRounds.containsKey(round)) {
                ratios.add(figure / peerRounds.get(round));
            }
        });
        Spread rounds = ratios.isEmpty() ? new Spread(ratio, ratio, ratio)
            : Spread.of(ratios.stream().mapToDouble(Double::doubleValue));
        return new Verdict(place, ratio, rounds, peer, isReached(ratio));
    }

    private boolean isReached(double ratio) {
        return bound == Bound.AT_MOST ? ratio <= limit : ratio >= limit;
    }

    private static Goal atLeast(double limit, String what, Key own, Key... peers) {
        return new Goal(what, own, List.of(peers), Bound.AT_LEAST, limit);
    }

    private static Goal atMost(double limit, String what, Key own, Key... peers) {
        return new Goal(what, own, List.of(peers), Bound.AT_MOST, limit);
    }
}
