package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Crew;
import dev.msqd.bench.worker.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What it costs one thread to send a message, and to send and receive it. */
public final class OneThread implements Axis {
    static final String NAME = "one-thread";
    static final String ENQUEUE = "hot enqueue, ns";
    static final String PAIR = "send and receive, ns";

    private static final List<Peers> ENQUEUED = List.of(Peers.MSQD, Peers.MSQD_CLAIM, Peers.AGRONA, Peers.KERNEL,
        Peers.CHRONICLE, Peers.BARE_RING, Peers.MEMCPY);
    private static final List<Peers> ENQUEUED_SHORT = List.of(Peers.MSQD, Peers.AGRONA, Peers.CHRONICLE);
    private static final List<Peers> PAIRED = List.of(Peers.MSQD, Peers.AGRONA, Peers.KERNEL, Peers.BARE_RING);
    private static final int LENGTH = 64;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "One thread";
    }

    @Override
    public String method(Scale scale) {
        return Jmh.method(scale)
            + " Hot enqueue: what it takes to send, when what was sent is received outside of the measurement,"
            + " 128 messages at a time; msqd's queue is of level interval, its daemon in the same process. In C: a loop of its own.";
    }

    @Override
    public boolean dependsOnPlace() {
        return false;
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        for (int length : scale.choose(List.of(LENGTH), List.of(LENGTH), List.of(LENGTH, 1024, 8192))) {
            String setting = Lengths.text(length);
            for (Peers peer : scale.choose(ENQUEUED.subList(0, 1), ENQUEUED_SHORT, ENQUEUED)) {
                trials.add(jmh(scale, "HotEnqueueBenchmark.send", ENQUEUE, length, peer));
            }
            for (Peers peer : scale == Scale.FULL ? PAIRED : PAIRED.subList(0, 1)) {
                trials.add(jmh(scale, "SendReceivePairBenchmark.pair", PAIR, length, peer));
            }
            trials.add(new Trial(setting, Peers.KERNEL_C.label(), crew -> inC(crew, scale, length)));
        }
        return trials;
    }

    /** Nanoseconds a message of 64 bytes. */
    public static Key enqueue(String peer) {
        return new Key(NAME, Lengths.text(LENGTH), peer, ENQUEUE);
    }

    /** Nanoseconds a message of 64 bytes. */
    public static Key pair(String peer) {
        return new Key(NAME, Lengths.text(LENGTH), peer, PAIR);
    }

    private static Trial jmh(Scale scale, String benchmark, String metric, int length, Peers peer) {
        return new Trial(Lengths.text(length), peer.label() + ", " + metric, crew -> {
            checkHindrance(crew, peer, length);
            return List.of(Reading.of(Lengths.text(length), peer.label(), metric,
                Jmh.run(crew, scale, benchmark, "", "peer=" + peer.name(), "length=" + length)));
        });
    }

    private static List<Reading> inC(Crew crew, Scale scale, int length)
        throws IOException, InterruptedException, Trial.Unavailable {
        checkHindrance(crew, Peers.KERNEL_C, length);
        List<String> command = new ArrayList<>(crew.pinning().prefix(0));
        command.addAll(List.of(Peers.KERNEL_C.peer().program(crew.site()), "ALONE", Integer.toString(length),
            String.format(Locale.ROOT, "%d", scale.choose(20, 10_000, 50_000))));
        Outcome outcome = crew.run(Peers.KERNEL_C.label(), command);
        return List.of(
            Reading.of(Lengths.text(length), Peers.KERNEL_C.label(), ENQUEUE, outcome.number("enqueue")),
            Reading.of(Lengths.text(length), Peers.KERNEL_C.label(), PAIR, outcome.number("pair")));
    }

    private static void checkHindrance(Crew crew, Peers peer, int length) throws IOException, Trial.Unavailable {
        Trial.Unavailable.check(peer.peer().hindrance(crew.site(), Shape.of(length, true)));
    }
}
