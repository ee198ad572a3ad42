package dev.msqd.bench;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.agrona.IoUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * A server and many clients, each of which waits for replies to it alone: requests go through one queue, replies through another, with
 * the client's number as their type.
 *
 * <p>Some clients ask and are answered, again and again; the others only wait. What is counted is answers a second. If a send woke
 * more than the one it is for, or looked at all who wait, the rate would fall with their number.
 */
@Command(
    name = WaitingClients.NAME,
    sortOptions = false,
    description = "Measures a server that answers some of many waiting clients, through msqd and through the kernel's queues.")
public final class WaitingClients implements Callable<Integer> {
    static final String NAME = "waiting-clients";

    /** A reply that says: stop. */
    static final long STOP = -1;
    static final long REQUEST = 1;
    private static final long WARM_UP_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long MTYPE_ABOVE_CLIENT = 1;

    @Option(names = "--clients", split = ",", defaultValue = "10,1000", paramLabel = "N",
        description = "clients that wait (${DEFAULT-VALUE})")
    private int[] clients;

    @Option(names = "--asking", defaultValue = "10", paramLabel = "N",
        description = "clients that ask (${DEFAULT-VALUE})")
    private int asking;

    @Option(names = "--seconds", defaultValue = "3", paramLabel = "N",
        description = "how long to count (${DEFAULT-VALUE})")
    private int seconds;

    @Option(names = "--rounds", defaultValue = "3", paramLabel = "N", description = "rounds (${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private final Resources resources = new Resources();

    public static void main(String[] arguments) {
        System.exit(TwoProcesses.commandLine(new WaitingClients()).execute(arguments));
    }

    /** What a client waits for. */
    static long mtypeOf(int client) {
        return client + MTYPE_ABOVE_CLIENT;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (asking < 1 || seconds < 1 || rounds < 1 || IntStream.of(clients).anyMatch(waiting -> waiting < asking)) {
            throw new ParameterException(spec.commandLine(),
                "--asking, --seconds and --rounds are at least 1, and no --clients below --asking " + asking);
        }
        try (resources) {
            compare();
            return CommandLine.ExitCode.OK;
        } catch (IOException | ErrnoException e) {
            System.err.println(NAME + ": " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void compare() throws IOException, InterruptedException {
        Machine.description().forEach(System.out::println);
        System.out.println("processes   a server and one with all clients, a thread each; " + asking + " clients ask");
        System.out.println("rounds      " + rounds + ", " + seconds + " s each after 1 s of warm-up");
        Path hot = Files.createTempDirectory(MsqdPeer.SHARED_MEMORY, "msqd-bench-");
        resources.add(() -> IoUtil.delete(hot.toFile(), true));
        Path data = Files.createTempDirectory("msqd-bench-");
        resources.add(() -> IoUtil.delete(data.toFile(), true));
        Files.writeString(data.resolve("msqd.properties"), "hot.dir=" + hot.resolve("hot") + "\n");
        Msqd msqd = resources.add(Msqd.embedded(data));
        for (int waiting : clients) {
            Map<Transport, List<Double>> rates = new EnumMap<>(Transport.class);
            for (int round = 0; round < rounds; round++) {
                for (Transport transport : List.of(Transport.MSQD_BLOCKING, Transport.KERNEL_BLOCKING)) {
                    rates.computeIfAbsent(transport, each -> new ArrayList<>())
                        .add(measure(transport, msqd, data, waiting));
                }
            }
            rates.forEach(
                (transport, all) -> System.out.printf(Locale.ROOT, "%,6d waiting, %-16s %20s thousand answers/s%n",
                    waiting, transport.label(), Spread.of(all.stream().mapToDouble(rate -> rate / 1e3))));
        }
    }

    private double measure(Transport transport, Msqd msqd, Path data, int waiting)
        throws IOException, InterruptedException {
        int mark = resources.mark();
        try {
            QueuePair queues = resources.add(QueuePair.create(transport, msqd, Machine.msgmnb()));
            Process process = start(transport, data, queues, waiting);
            resources.add(process::destroyForcibly);
            if (process.inputReader().readLine() == null) {
                throw new IOException("the clients' process ended before it began");
            }
            double rate = answer(Mailbox.of(transport, msqd, queues.outward()),
                Mailbox.of(transport, msqd, queues.homeward()), waiting);
            if (process.waitFor() != 0) {
                throw new IOException("the clients' process ended with status " + process.exitValue());
            }
            return rate;
        } finally {
            resources.closeTo(mark);
        }
    }

    /** Answers until time is up, then tells all to stop; returns the answers a second. */
    private double answer(Mailbox requests, Mailbox replies, int waiting) {
        serve(requests, replies, WARM_UP_NS);
        long startNs = System.nanoTime();
        long answers = serve(requests, replies, TimeUnit.SECONDS.toNanos(seconds));
        double rate = answers * 1e9 / (System.nanoTime() - startNs);
        for (int client = 0; client < asking; client++) {
            replies.send(mtypeOf((int) requests.receive(0)), STOP);
        }
        for (int client = asking; client < waiting; client++) {
            replies.send(mtypeOf(client), STOP);
        }
        return rate;
    }

    private static long serve(Mailbox requests, Mailbox replies, long forNs) {
        long endNs = System.nanoTime() + forNs;
        long answers = 0;
        while (System.nanoTime() - endNs < 0) {
            long client = requests.receive(0);
            replies.send(mtypeOf((int) client), client);
            answers++;
        }
        return answers;
    }

    private Process start(Transport transport, Path data, QueuePair queues, int waiting) throws IOException {
        return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), Clients.class.getName(),
            transport.name(), data.toString(), Integer.toString(queues.outward()), Integer.toString(queues.homeward()),
            Integer.toString(waiting), Integer.toString(asking)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** The process of all clients. */
    static final class Clients {
        private Clients() {}

        /** @param arguments as {@link #start} puts them */
        public static void main(String[] arguments) throws InterruptedException {
            Transport transport = Transport.valueOf(arguments[0]);
            int outward = Integer.parseInt(arguments[2]);
            int homeward = Integer.parseInt(arguments[3]);
            int waiting = Integer.parseInt(arguments[4]);
            int asking = Integer.parseInt(arguments[5]);
            try (Msqd msqd = Msqd.connect(Path.of(arguments[1]))) {
                List<Thread> threads = new ArrayList<>();
                for (int each = waiting - 1; each >= 0; each--) {
                    int client = each;
                    // The asking ones open their mailboxes last, so that they find the others waiting.
                    Mailbox replies = Mailbox.of(transport, msqd, homeward);
                    Mailbox requests = client < asking ? Mailbox.of(transport, msqd, outward) : null;
                    threads.add(Thread.ofPlatform().start(() -> run(client, requests, replies)));
                }
                System.out.println("ready");
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        }

        private static void run(int client, Mailbox requests, Mailbox replies) {
            long reply;
            do {
                if (requests != null) {
                    requests.send(REQUEST, client);
                }
                reply = replies.receive(mtypeOf(client));
                if (reply != STOP && reply != client) {
                    throw new IllegalStateException("client " + client + " got the answer of client " + reply);
                }
            } while (reply != STOP);
        }
    }
}
