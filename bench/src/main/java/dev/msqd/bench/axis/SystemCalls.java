package dev.msqd.bench.axis;

import dev.msqd.bench.peer.Peers;
import dev.msqd.bench.peer.Shape;
import dev.msqd.bench.worker.Crew;
import dev.msqd.bench.worker.Orders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How many system calls a receiver makes for a message, while messages keep coming. */
public final class SystemCalls implements Axis {
    static final String NAME = "system-calls";
    static final String CALLS = "calls a message";
    static final String SETTING = "receiver awake, blocking calls";

    private static final int LENGTH = 64;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "System calls";
    }

    @Override
    public String method(Scale scale) {
        return "strace counts the calls of the receiving thread while the sender sends " + messages(scale)
            + " messages of 64 bytes, after " + WarmUp.text(scale)
            + "; the few calls at the beginning and the end of that count, too.";
    }

    @Override
    public List<Trial> trials(Scale scale) {
        // The kernel's: one a message.
        List<Peers> peers = scale == Scale.SHORT ? List.of(Peers.MSQD) : List.of(Peers.MSQD, Peers.KERNEL);
        return peers.stream().map(peer -> trial(scale, peer)).toList();
    }

    /** Calls of the receiver. */
    public static Key calls(String peer) {
        return new Key(NAME, SETTING, peer, CALLS);
    }

    private static Trial trial(Scale scale, Peers peer) {
        // The kernel's calls are counted one by one, which takes its time.
        long messages = peer == Peers.MSQD ? messages(scale) : messages(scale) / 50 + 1;
        Orders orders = Orders.of(Shape.of(LENGTH, false)).withMessages(WarmUp.messages(scale, peer, LENGTH), messages);
        return new Trial(SETTING, peer.label(), crew -> {
            Tracer tracer = new Tracer(crew);
            crew.stream(peer, orders, 1, 1, 1, tracer);
            return List.of(Reading.of(SETTING, peer.label(), CALLS, (double) tracer.calls() / messages));
        });
    }

    private static long messages(Scale scale) {
        return scale.choose(5_000L, 3_000_000L, 20_000_000L);
    }

    /** strace(1), attached to one thread. */
    private static final class Tracer implements Crew.Onlooker {
        private static final String STRACE = "strace";
        private static final long TIMEOUT_SECONDS = 20;
        private static final long LOOK_MS = 5;

        private final Path summary;
        private Process strace;

        Tracer(Crew crew) throws Trial.Unavailable, IOException, InterruptedException {
            summary = crew.site().newPath("strace-");
            try {
                new ProcessBuilder(STRACE, "-V").redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
            } catch (IOException e) {
                throw new Trial.Unavailable("strace is not installed");
            }
        }

        @Override
        public void begin(int thread) throws IOException, InterruptedException {
            strace = new ProcessBuilder(STRACE, "-c", "-U", "calls,name", "-o", summary.toString(), "-p",
                Integer.toString(thread)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
            while (!isTraced(thread)) {
                if (!strace.isAlive() || System.nanoTime() - end > 0) {
                    strace.destroyForcibly();
                    throw new IOException("strace can't attach to thread " + thread);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
        }

        @Override
        public void end() throws InterruptedException {
            // It lets the thread go and writes what it has.
            strace.destroy();
            if (!strace.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                strace.destroyForcibly();
            }
        }

        /** Of all kinds. */
        long calls() throws IOException {
            List<String> totals = new ArrayList<>();
            for (String line : Files.readAllLines(summary)) {
                if (line.strip().endsWith("total")) {
                    totals.add(line.strip());
                }
            }
            // Without a single call there is no summary.
            return totals.isEmpty() ? 0 : Long.parseLong(totals.getFirst().split("\\s+")[0]);
        }

        private static boolean isTraced(int thread) throws IOException {
            return Files.readAllLines(Path.of("/proc", Integer.toString(thread), "status")).stream()
                .anyMatch(line -> line.startsWith("TracerPid:") && !line.endsWith("\t0"));
        }
    }
}
