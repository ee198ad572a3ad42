package dev.msqd.bench;

import dev.msqd.client.Msqd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * One of the two processes of a round. The near one sends and then asks, the far one receives and then answers:
 *
 * <pre>
 *        near                                    far
 *          |  warm-up, then the messages          |
 *          |------------ outward ----------------&gt;|  takes the time from the first of them to the last
 *          |&lt;----------- homeward ----------------|  tells it, in ns
 *          |                                      |
 *          |------------ outward ----------------&gt;|
 *   takes  |&lt;----------- homeward ----------------|  warm-up, then the round trips
 *   each   |             ...                      |
 * </pre>
 *
 * The near one prints the {@link Figures} on one line.
 */
@Command(name = "measuring-process", description = "One of the two processes of a round.")
final class MeasuringProcess implements Callable<Integer> {
    enum Role {
        NEAR, FAR
    }

    /** Loops run in pieces, so that the compiled code of a piece is entered anew instead of replaced in mid-flight. */
    private static final int PIECE = 1_000;
    private static final int KILLED = 137;
    private static final long LONGEST_ROUND_TRIP_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int SIGNIFICANT_DIGITS = 3;

    @Option(names = "--role", required = true)
    private Role role;

    @Option(names = "--transport", required = true)
    private Transport transport;

    @Option(names = "--data-directory", required = true)
    private Path dataDirectory;

    @Option(names = "--outward", required = true)
    private int outwardMsqid;

    @Option(names = "--homeward", required = true)
    private int homewardMsqid;

    @Mixin
    private Plan plan;

    private Line outward;
    private Line homeward;

    public static void main(String[] arguments) {
        endWithParent();
        System.exit(TwoProcesses.commandLine(new MeasuringProcess()).execute(arguments));
    }

    @Override
    public Integer call() {
        if (transport.isMsqd()) {
            try (Msqd msqd = Msqd.connect(dataDirectory)) {
                measure(
                    new MsqdLine(msqd.open(outwardMsqid), transport.isPolling()),
                    new MsqdLine(msqd.open(homewardMsqid), transport.isPolling()));
            }
        } else {
            measure(
                new KernelLine(outwardMsqid, transport.isPolling()),
                new KernelLine(homewardMsqid, transport.isPolling()));
        }
        return 0;
    }

    private void measure(Line there, Line back) {
        outward = there;
        homeward = back;
        if (role == Role.NEAR) {
            sendAll(0, plan.warmUpMessages() + plan.messages());
            long oneWayNs = homeward.receive();
            Histogram roundTripsNs = new Histogram(LONGEST_ROUND_TRIP_NS, SIGNIFICANT_DIGITS);
            askAll(plan.warmUpRoundTrips(), roundTripsNs);
            roundTripsNs.reset();
            askAll(plan.roundTrips(), roundTripsNs);
            System.out.println(Figures.of(plan.messages(), oneWayNs, roundTripsNs));
        } else {
            long first = plan.warmUpMessages();
            receiveAll(0, first);
            outward.receive(first);
            long startNs = System.nanoTime();
            receiveAll(first + 1, first + plan.messages());
            homeward.send(System.nanoTime() - startNs);
            answerAll(plan.warmUpRoundTrips());
            answerAll(plan.roundTrips());
        }
    }

    private void sendAll(long from, long to) {
        for (long piece = from; piece < to; piece += PIECE) {
            send(piece, Math.min(piece + PIECE, to));
        }
    }

    private void send(long from, long to) {
        for (long number = from; number < to; number++) {
            outward.send(number);
        }
    }

    private void receiveAll(long from, long to) {
        for (long piece = from; piece < to; piece += PIECE) {
            receive(piece, Math.min(piece + PIECE, to));
        }
    }

    private void receive(long from, long to) {
        for (long number = from; number < to; number++) {
            outward.receive(number);
        }
    }

    private void askAll(long count, Histogram roundTripsNs) {
        for (long piece = 0; piece < count; piece += PIECE) {
            ask(piece, Math.min(piece + PIECE, count), roundTripsNs);
        }
    }

    private void ask(long from, long to, Histogram roundTripsNs) {
        for (long number = from; number < to; number++) {
            long startNs = System.nanoTime();
            outward.send(number);
            homeward.receive(number);
            roundTripsNs.recordValue(Math.min(System.nanoTime() - startNs, LONGEST_ROUND_TRIP_NS));
        }
    }

    private void answerAll(long count) {
        for (long piece = 0; piece < count; piece += PIECE) {
            answer(piece, Math.min(piece + PIECE, count));
        }
    }

    private void answer(long from, long to) {
        for (long number = from; number < to; number++) {
            outward.receive(number);
            homeward.send(number);
        }
    }

    /**
     * The harness holds the other end of stdin: when it ends, however it does, so do we, also in the middle of msgrcv.
     */
    private static void endWithParent() {
        Thread.ofPlatform().daemon().name("parent-watch").start(() -> {
            try {
                System.in.skipNBytes(Long.MAX_VALUE);
            } catch (IOException e) {
                // the end, one way or the other
            }
            Runtime.getRuntime().halt(KILLED);
        });
    }
}
