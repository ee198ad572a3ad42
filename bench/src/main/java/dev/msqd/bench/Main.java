package dev.msqd.bench;

import dev.msqd.bench.durable.ChronicleJvm;
import dev.msqd.bench.durable.ChronicleTrials;
import dev.msqd.bench.durable.DurableLogs;
import java.io.IOException;
import java.util.Arrays;

/**
 * Runs a harness when the first argument names it ({@code two-processes}, {@code waiting-clients}, {@code durable-logs}, {@code
 * chronicle-trials}), otherwise JMH with all arguments.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length > 0 && arguments[0].equals(TwoProcesses.NAME)) {
            TwoProcesses.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else if (arguments.length > 0 && arguments[0].equals(WaitingClients.NAME)) {
            WaitingClients.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else if (arguments.length > 0 && arguments[0].equals(DurableLogs.NAME)) {
            System.exit(ChronicleJvm.run(DurableLogs.class, Arrays.copyOfRange(arguments, 1, arguments.length)));
        } else if (arguments.length > 0 && arguments[0].equals(ChronicleTrials.NAME)) {
            ChronicleTrials.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else {
            org.openjdk.jmh.Main.main(arguments);
        }
    }
}
