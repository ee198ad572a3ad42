package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Orders;
import java.util.ArrayList;
import java.util.List;

/** How evenly sends take: msqd's queue goes from segment to segment, memory that is mapped once does not. */
public final class SegmentChanges implements Axis {
    static final String NAME = "segments";
    static final String SEND = "send";

    private static final List<Peers> PEERS =
        List.of(Peers.MSQD, Peers.BARE_RING, Peers.AGRONA, Peers.KERNEL, Peers.CHRONICLE);
    private static final List<Integer> LENGTHS = List.of(64, 1024);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Each send";
    }

    @Override
    public String method(Scale scale) {
        return "One thread, the time of each send, the clock included (about 25 ns); what was sent is received after 128 messages. At 1 KiB"
            + " one send of 250 begins a new segment of msqd's, at 64 bytes one of 2,700. " + messages(scale)
            + " messages after " + WarmUp.text(scale) + ". The bare ring is recycled, mapped memory.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (int length : scale.choose(LENGTHS.subList(0, 1), LENGTHS, LENGTHS)) {
            // The kernel's queue must hold a batch.
            Shape shape = Shape.of(length, true);
            for (Peers peer : scale == Scale.FULL ? PEERS : PEERS.subList(0, 2)) {
                Orders orders =
                    Orders.of(shape).withMessages(WarmUp.messages(scale, peer, length), messages(scale));
                trials.add(new Trial(Lengths.text(length), peer.label(), crew -> {
                    Trial.Unavailable.check(peer.peer().hindrance(crew.site(), shape));
                    if (peer == Peers.KERNEL && !KernelQueues.hold(128L * length)) {
                        throw new Trial.Unavailable(KernelQueues.TOO_SMALL);
                    }
                    return Reading.percentiles(Lengths.text(length), peer.label(), SEND, crew.sendTimes(peer, orders),
                        50, 99,
                        99.9, 99.99);
                }));
            }
        }
        return trials;
    }

    /** Microseconds. */
    public static Key send(int length, double percentile, String peer) {
        return new Key(NAME, Lengths.text(length), peer, Reading.percentileMetric(SEND, percentile));
    }

    private static long messages(Scale scale) {
        return scale.choose(1_280L, 1_280_000L, 6_400_000L);
    }
}
