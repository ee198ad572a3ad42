package dev.msqd.bench;

import java.io.IOException;
import java.util.Arrays;

/**
 * Runs a harness of two processes when the first argument names it ({@code two-processes}, {@code waiting-clients}), otherwise JMH with
 * all arguments.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals(TwoProcesses.NAME)) {
            TwoProcesses.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else if (arguments.length > 0 && arguments[0].equals(WaitingClients.NAME)) {
            WaitingClients.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else {
            org.openjdk.jmh.Main.main(arguments);
        }
    }
}
