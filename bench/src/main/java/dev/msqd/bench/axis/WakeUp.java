package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Orders;
import java.util.List;

/** How long it takes until a receiver that sleeps has a message. */
public final class WakeUp implements Axis {
    static final String NAME = "wake-up";
    static final String TIME = "sent to received";
    static final String SETTING = "receiver asleep, 64 B";

    private static final List<Peers> PEERS = List.of(Peers.MSQD, Peers.FUTEX, Peers.KERNEL, Peers.POSIX_MQ, Peers.PIPE,
        Peers.UNIX_SOCKET);
    private static final long PER_SECOND = 2_000;
    private static final int LENGTH = 64;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Wake-up";
    }

    @Override
    public String method(Scale scale) {
        return "Two JVMs, " + PER_SECOND
            + " messages a second, received by calls that wait: between two messages the receiver falls"
            + " asleep. " + messages(scale) + " messages after " + warmUp(scale) + " of warm-up.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        Orders orders = Orders.of(Shape.of(LENGTH, false)).withRate(PER_SECOND, warmUp(scale))
            .withMessages(0, messages(scale));
        return scale.choose(PEERS.subList(0, 2), PEERS.subList(0, 3), PEERS).stream()
            .map(peer -> new Trial(SETTING, peer.label(), crew -> {
                Trial.Unavailable.check(peer.peer().hindrance(crew.site(), orders.shape()));
                return Reading.percentiles(SETTING, peer.label(), TIME, crew.paced(peer, orders), 50, 99);
            })).toList();
    }

    /** Median, microseconds. */
    public static Key wakeUp(String peer) {
        return new Key(NAME, SETTING, peer, Reading.percentileMetric(TIME, 50));
    }

    private static long messages(Scale scale) {
        return scale.choose(20L, 3_000L, 10_000L);
    }

    /** Calls of a method until the better compiler takes it on, and as many again. */
    private static long warmUp(Scale scale) {
        return scale.choose(10L, 10_000L, 10_000L);
    }
}
