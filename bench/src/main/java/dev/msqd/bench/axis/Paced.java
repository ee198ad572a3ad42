package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Orders;
import java.util.ArrayList;
import java.util.List;

/** How long messages are under way that are sent at a rate, from when each was meant to be sent. */
public final class Paced implements Axis {
    static final String NAME = "paced";
    static final String LATENCY = "one way";

    private static final List<Peers> PEERS =
        List.of(Peers.MSQD, Peers.KERNEL, Peers.CHRONICLE, Peers.AGRONA, Peers.AERON,
            Peers.PIPE, Peers.UNIX_SOCKET, Peers.BARE_RING);
    /** The kernel's queue can do no more. */
    private static final long FAST = 1_000_000;
    private static final List<Long> ALL_RATES = List.of(10_000L, 100_000L, FAST);
    private static final int LENGTH = 64;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Paced load";
    }

    @Override
    public String method(Scale scale) {
        return "Two JVMs, 64 bytes, one way, polling; msqd's queue is of level interval. A message counts from the time at which it was"
            + " meant to be sent, so a stall shows in all messages that it held up. " + seconds(scale) + " s after "
            + WarmUp.text(scale) + ", as fast as they go, and " + settlingSeconds(scale)
            + " s at the rate. A peer that can't keep up with a rate shows how far it falls behind.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (long perSecond : scale == Scale.FULL ? ALL_RATES : List.of(100_000L)) {
            for (Peers peer : scale.choose(PEERS.subList(0, 2), PEERS.subList(0, 3), PEERS)) {
                Orders orders =
                    Orders.of(Shape.of(LENGTH, true)).withRate(perSecond, (long) (perSecond * settlingSeconds(scale)))
                        .withMessages(WarmUp.messages(scale, peer, LENGTH), (long) (perSecond * seconds(scale)));
                trials.add(new Trial(setting(perSecond), peer.label(), crew -> {
                    Trial.Unavailable.check(peer.peer().hindrance(crew.site(), orders.shape()));
                    return Reading.percentiles(setting(perSecond), peer.label(), LATENCY, crew.paced(peer, orders), 50,
                        99,
                        99.9, 99.99);
                }));
            }
        }
        return trials;
    }

    /** Microseconds. */
    public static Key latency(long perSecond, double percentile, String peer) {
        return new Key(NAME, setting(perSecond), peer, Reading.percentileMetric(LATENCY, percentile));
    }

    private static String setting(long perSecond) {
        return perSecond >= FAST ? perSecond / FAST + " M/s" : perSecond / 1_000 + " k/s";
    }

    private static double seconds(Scale scale) {
        return scale.choose(0.02, 2.0, 10.0);
    }

    private static double settlingSeconds(Scale scale) {
        return scale.choose(0.01, 0.5, 1.0);
    }
}
