package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Crew;
import dev.msqd.bench.worker.Orders;
import java.util.ArrayList;
import java.util.List;

/** Several senders and receivers on one queue; and two senders alone, who meet nobody but each other. */
public final class Crowds implements Axis {
    static final String NAME = "crowds";
    static final String RATE = "million/s";
    static final String BURST = "a message of a burst, ns";
    static final String TWO_SENDERS = "two senders at once";

    /** Numbers of senders and receivers. */
    private static final List<int[]> TWO_TO_ONE = List.of(new int[] {2, 1});
    private static final List<int[]> ALL =
        List.of(new int[] {1, 1}, new int[] {2, 1}, new int[] {4, 1}, new int[] {8, 1},
            new int[] {1, 2}, new int[] {2, 2}, new int[] {4, 2}, new int[] {8, 4});
    private static final List<Peers> PEERS = List.of(Peers.MSQD, Peers.AGRONA, Peers.KERNEL, Peers.AERON);
    private static final int LENGTH = 64;
    private static final double MILLION = 1e6;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Several senders and receivers";
    }

    @Override
    public String method(Scale scale) {
        return "64 bytes. Two senders at once: two threads, a processor each, send " + Crew.burstMessages() / 2
            + " messages each at the same moment; the median time of such a burst, divided by its messages; they are received in between,"
            + " outside of the measurement. The others: a JVM each, polling, who share the processors by yielding when they find nothing"
            + " to do; " + messages(scale) + " messages of all senders together after " + WarmUp.text(scale)
            + ", of each sender half as many.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (Peers peer : PEERS.subList(0, scale.choose(3, 2, 3))) {
            Shape shape = Shape.of(LENGTH, true);
            long bursts = scale.choose(4L, 1_000L, 5_000L);
            Orders orders = Orders.of(shape)
                .withMessages(WarmUp.messages(scale, peer, LENGTH), bursts * Crew.burstMessages());
            trials.add(new Trial(TWO_SENDERS, peer.label(), crew -> {
                if (peer == Peers.KERNEL && !KernelQueues.hold(Crew.burstMessages() * LENGTH)) {
                    throw new Trial.Unavailable(KernelQueues.TOO_SMALL);
                }
                return List.of(new Reading(TWO_SENDERS, peer.label(), BURST,
                    crew.bursts(peer, orders).getValueAtPercentile(50) / (double) Crew.burstMessages(), null));
            }));
        }
        for (int[] crowd : scale == Scale.FULL ? ALL : TWO_TO_ONE) {
            for (Peers peer : PEERS.subList(0, scale.choose(4, 2, 4))) {
                // A ring has one reader, and Aeron's readers each get everything.
                if (crowd[1] == 1 || peer == Peers.MSQD || peer == Peers.KERNEL) {
                    trials.add(stream(scale, peer, crowd[0], crowd[1]));
                }
            }
        }
        return trials;
    }

    /** Nanoseconds a message. */
    public static Key twoSenders(String peer) {
        return new Key(NAME, TWO_SENDERS, peer, BURST);
    }

    private static Trial stream(Scale scale, Peers peer, int senders, int receivers) {
        String setting = senders + (senders == 1 ? " sender, " : " senders, ") + receivers
            + (receivers == 1 ? " receiver" : " receivers");
        long each = messages(scale) / senders;
        Orders orders = Orders.of(Shape.of(LENGTH, true))
            .withMessages(WarmUp.messages(scale, peer, LENGTH) / 2, each);
        return new Trial(setting, peer.label(), crew -> List.of(Reading.of(setting, peer.label(), RATE,
            crew.stream(peer, orders, senders, receivers, 1) / MILLION)));
    }

    private static long messages(Scale scale) {
        return scale.choose(4_000L, 2_000_000L, 8_000_000L);
    }
}
