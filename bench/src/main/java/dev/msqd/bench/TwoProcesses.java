package dev.msqd.bench;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.agrona.IoUtil;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How fast two processes talk through msqd and through the kernel's queues: messages a second one way, and the time of
 * a round trip.
 *
 * <p>A round lets every transport have its turn, each time with two new JVMs and two new queues of the same limit,
 * beginning with another one each round: whatever the machine does besides, it does to all of them. Rounds with JVMs of
 * their own also show how much the figures owe to one lucky compilation. msqd's daemon runs in this process; no message
 * passes through it. What the two processes do is drawn at {@link MeasuringProcess}.
 */
@Command(
    name = TwoProcesses.NAME,
    sortOptions = false,
    description = "Measures two processes that talk through msqd, and through the kernel's queues.")
public final class TwoProcesses implements Callable<Integer> {
    static final String NAME = "two-processes";

    private static final long TIMEOUT_MINUTES = 10;
    private static final String CONFIGURATION = "msqd.properties";

    @Option(names = "--rounds", defaultValue = "5", paramLabel = "N", description = "rounds (${DEFAULT-VALUE})")
    private int rounds;

    @Mixin
    private Plan plan;

    @Option(names = "--transports", split = ",", paramLabel = "T",
        description = "only these of ${COMPLETION-CANDIDATES}")
    private List<Transport> transports = List.of(Transport.values());

    @Option(names = "--qbytes", defaultValue = "-1", paramLabel = "N",
        description = "limit of every queue in bytes (the kernel's msgmnb; more takes CAP_SYS_RESOURCE)")
    private long qbytes;

    @Option(names = "--processors", split = ",", defaultValue = "0,1", paramLabel = "N",
        description = "processors to pin the two processes to (${DEFAULT-VALUE})")
    private int[] processors;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "this text")
    private boolean help;

    @Spec
    private CommandSpec spec;

    private final Resources resources = new Resources();

    public static void main(String[] arguments) {
        System.exit(commandLine(new TwoProcesses()).execute(arguments));
    }

    static CommandLine commandLine(Object command) {
        return new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        check();
        try (resources) {
            compare();
            return CommandLine.ExitCode.OK;
        } catch (IOException | ErrnoException e) {
            System.err.println(NAME + ": " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void compare() throws IOException, InterruptedException {
        Pinning pinning = Pinning.to(processors[0], processors[1]);
        describe(pinning);
        ResultTable table = new ResultTable();
        Path dataDirectory = temporaryDataDirectory();
        Msqd msqd = resources.add(Msqd.embedded(dataDirectory));
        for (int round = 0; round < rounds; round++) {
            List<Transport> order = new ArrayList<>(transports);
            Collections.rotate(order, -round);
            for (Transport transport : order) {
                Figures figures = measure(transport, msqd, dataDirectory, pinning);
                table.add(transport, figures);
                System.err.printf(Locale.ROOT, "round %d, %s: %.0f messages/s; round trip %.0f ns, p99 %.0f ns%n",
                    round + 1, transport.label(), figures.oneWayPerSecond(), figures.medianNs(), figures.p99Ns());
            }
        }
        table.print(System.out);
    }

    private Figures measure(Transport transport, Msqd msqd, Path dataDirectory, Pinning pinning)
        throws IOException, InterruptedException {
        int mark = resources.mark();
        try {
            QueuePair queues = resources.add(QueuePair.create(transport, msqd, qbytes));
            MeasuringJvm far = resources.add(
                MeasuringJvm.start(MeasuringProcess.Role.FAR, transport, dataDirectory, queues, plan, pinning));
            MeasuringJvm near = resources.add(
                MeasuringJvm.start(MeasuringProcess.Role.NEAR, transport, dataDirectory, queues, plan, pinning));
            far.takeAlongOnFailure(near);
            near.takeAlongOnFailure(far);
            String line = near.result(TIMEOUT_MINUTES);
            far.result(TIMEOUT_MINUTES);
            if (line == null) {
                throw new IOException("the near process told no figures");
            }
            return Figures.parse(line);
        } finally {
            resources.closeTo(mark);
        }
    }

    private void check() {
        String fault = plan.fault();
        if (rounds < 1) {
            fault = "--rounds " + rounds + ": at least 1";
        } else if (processors.length != 2) {
            fault = "--processors takes two numbers, as in 0,1";
        } else if (qbytes != -1 && qbytes < Peer.MESSAGE_LENGTH) {
            fault = "--qbytes " + qbytes + ": a message has " + Peer.MESSAGE_LENGTH;
        }
        if (fault != null) {
            throw new ParameterException(spec.commandLine(), fault);
        }
        if (qbytes == -1) {
            qbytes = Machine.msgmnb();
        }
    }

    private void describe(Pinning pinning) {
        Machine.description().forEach(System.out::println);
        System.out.println("processes   2 JVMs, new each time, " + pinning);
        System.out.println("messages    " + Peer.MESSAGE_LENGTH + " bytes, in queues of " + qbytes + " bytes");
        describe("warm-up ", plan.warmUpMessages(), plan.warmUpRoundTrips());
        describe("measured", plan.messages(), plan.roundTrips());
        System.out.println("rounds      " + rounds);
        System.out.println();
    }

    private static void describe(String part, long messages, long roundTrips) {
        System.out.println(part + "    " + messages + " messages one way, " + roundTrips + " round trips");
    }

    /** With the hot directory inside another one that can be deleted as a whole. */
    private Path temporaryDataDirectory() throws IOException {
        Path hot = Files.createTempDirectory(MsqdPeer.SHARED_MEMORY, "msqd-bench-");
        resources.add(() -> IoUtil.delete(hot.toFile(), true));
        Path data = Files.createTempDirectory("msqd-bench-");
        resources.add(() -> IoUtil.delete(data.toFile(), true));
        Files.writeString(data.resolve(CONFIGURATION), "hot.dir=" + hot.resolve("hot") + "\n");
        return data;
    }
}
