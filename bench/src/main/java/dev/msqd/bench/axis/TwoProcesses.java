package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Crew;
import dev.msqd.bench.worker.Orders;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** How fast two processes talk: messages a second one way, and the time of a round trip. */
public final class TwoProcesses implements Axis {
    static final String NAME = "two-processes";
    static final String RATE = "one way, million/s";
    static final String ROUND_TRIP = "round trip";

    /** Of the same peer at level process, where nothing ever follows the messages. */
    static final String MSQD_PROCESS = "msqd, process";

    private static final Set<Peers> POLLING =
        EnumSet.of(Peers.MSQD, Peers.KERNEL, Peers.KERNEL_C, Peers.AGRONA, Peers.AERON,
            Peers.CHRONICLE, Peers.POSIX_MQ, Peers.PIPE, Peers.UNIX_SOCKET, Peers.BARE_RING);
    private static final Set<Peers> BLOCKING =
        EnumSet.of(Peers.MSQD, Peers.KERNEL, Peers.KERNEL_C, Peers.POSIX_MQ, Peers.PIPE, Peers.UNIX_SOCKET);
    private static final double MILLION = 1e6;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Two processes";
    }

    @Override
    public String method(Scale scale) {
        Orders orders = orders(scale, Shape.of(64, true), Peers.MSQD);
        return "Two JVMs, new each time: one sends and the other receives, then they take turns. Equal room for all peers: "
            + Shape.CAPACITY / 1024
            + " KiB, more for long messages. Polling: calls that do not wait, in a loop without a pause;"
            + " blocking: calls that wait, of which msqd's look for a while before they sleep. At 64 bytes "
            + orders.messages() + " messages after " + WarmUp.text(scale) + ", " + orders.roundTrips()
            + " round trips after " + orders.warmUpRoundTrips() + "; less with long messages and slow peers.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (int length : scale.choose(List.of(64), List.of(64, 1024, 8192), List.of(64, 1024, 8192, 1 << 20))) {
            Shape polling = Shape.of(length, true);
            Shape blocking = Shape.of(length, false);
            for (Peers peer : scale == Scale.SHORT ? pollingShort(length) : POLLING) {
                trials.add(trial(peer, peer.label(), polling, scale));
            }
            if (length == 64) {
                trials.add(trial(Peers.CACHE_LINE, Peers.CACHE_LINE.label(), polling, scale));
            }
            if (length == 64 && scale != Scale.SHORT) {
                trials.add(
                    trial(Peers.MSQD, MSQD_PROCESS, polling.withDurability(Durability.PROCESS), scale));
            }
            for (Peers peer : scale == Scale.SHORT ? blockingShort(length) : BLOCKING) {
                trials.add(trial(peer, peer.label(), blocking, scale));
            }
        }
        return trials;
    }

    /** One-way rate, million messages a second. */
    public static Key rate(int length, String peer) {
        return new Key(NAME, setting(length, true), peer, RATE);
    }

    /** Median round trip, microseconds. */
    public static Key roundTrip(int length, boolean polling, String peer) {
        return new Key(NAME, setting(length, polling), peer, Reading.percentileMetric(ROUND_TRIP, 50));
    }

    static String setting(int length, boolean polling) {
        return Lengths.text(length) + (polling ? ", polling" : ", blocking");
    }

    private static Set<Peers> pollingShort(int length) {
        return length == 64 ? EnumSet.of(Peers.MSQD, Peers.KERNEL, Peers.AGRONA, Peers.AERON, Peers.CHRONICLE)
            : EnumSet.of(Peers.MSQD, Peers.AGRONA);
    }

    private static Set<Peers> blockingShort(int length) {
        return length == 64 ? EnumSet.of(Peers.MSQD, Peers.KERNEL) : EnumSet.noneOf(Peers.class);
    }

    private static Trial trial(Peers peer, String label, Shape shape, Scale scale) {
        String setting = setting(shape.length(), shape.polling());
        return new Trial(setting, label, crew -> measure(crew, peer, label, setting, orders(scale, shape, peer)));
    }

    private static List<Reading> measure(Crew crew, Peers peer, String label, String setting, Orders orders)
        throws IOException, InterruptedException, Trial.Unavailable {
        Trial.Unavailable.check(peer.peer().hindrance(crew.site(), orders.shape()));
        Crew.Exchanged exchanged = crew.exchange(peer, orders);
        List<Reading> readings = new ArrayList<>();
        if (orders.messages() > 0) {
            readings.add(Reading.of(setting, label, RATE, exchanged.perSecond() / MILLION));
        }
        readings.addAll(Reading.percentiles(setting, label, ROUND_TRIP, exchanged.roundTripsNs(), 50, 99, 99.9));
        return readings;
    }

    private static Orders orders(Scale scale, Shape shape, Peers peer) {
        // So many fewer as messages are longer.
        int longer = Math.max(1, shape.length() / 512);
        boolean fast = WarmUp.isInMemory(peer);
        Orders orders = Orders.of(shape).withRoundTrips(
            scale.choose(50, 100_000, 100_000) / Math.min(longer, 100) + 1,
            scale.choose(100, 100_000, 200_000) / Math.min(longer, 100) / (fast || shape.polling() ? 1 : 4) + 1);
        // Through a single cache line only by turns.
        return peer == Peers.CACHE_LINE ? orders
            : orders.withMessages(WarmUp.messages(scale, peer, shape.length()),
                scale.choose(3_000, 8_000_000, 20_000_000) / longer / (fast ? 1 : 8) + 2);
    }
}
