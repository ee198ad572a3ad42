package dev.msqd.bench.axis;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Orders;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One sender and one receiver that use many queues by turns. */
public final class ManyQueues implements Axis {
    static final String NAME = "queues";
    static final String RATE = "one way, million/s";

    private static final List<Peers> PEERS = List.of(Peers.MSQD, Peers.AGRONA, Peers.KERNEL);
    private static final int LENGTH = 64;
    private static final int CAPACITY = 16 << 10;
    private static final double MILLION = 1e6;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Many queues";
    }

    @Override
    public String method(Scale scale) {
        return "Two JVMs, 64 bytes, polling: the sender sends to one queue after the other, the receiver receives from them in the same"
            + " order. Each queue holds " + CAPACITY + " bytes. " + messages(scale)
            + " messages after " + WarmUp.text(scale) + ".";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        List<Integer> counts =
            scale.choose(List.of(1, 10), List.of(1, 1_000), List.of(1, 10, 100, 1_000, 5_000, 10_000));
        for (int count : counts) {
            for (Peers peer : PEERS.subList(0, scale.choose(3, 2, 3))) {
                long messages = peer == Peers.KERNEL ? messages(scale) / 4 : messages(scale);
                Orders orders =
                    Orders.of(Shape.of(LENGTH, true).withCapacity(CAPACITY))
                        .withMessages(WarmUp.messages(scale, peer, LENGTH), messages);
                trials.add(new Trial(setting(count), peer.label(), crew -> {
                    Trial.Unavailable.check(peer == Peers.MSQD ? hindrance(count) : null);
                    return List.of(Reading.of(setting(count), peer.label(), RATE,
                        crew.stream(peer, orders, 1, 1, count) / MILLION));
                }));
            }
        }
        return trials;
    }

    /** The daemon, which is in this process, opens a third as many queues as it may have files. */
    private static String hindrance(int count) {
        long files = ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class).getMaxFileDescriptorCount();
        return files / 3 > count ? null : "the limit of open files is " + files + " (ulimit -Hn)";
    }

    /** Million messages a second. */
    public static Key rate(int queues, String peer) {
        return new Key(NAME, setting(queues), peer, RATE);
    }

    private static String setting(int queues) {
        return String.format(Locale.ROOT, queues == 1 ? "%,d queue" : "%,d queues", queues);
    }

    private static long messages(Scale scale) {
        return scale.choose(2_000L, 1_000_000L, 4_000_000L);
    }
}
