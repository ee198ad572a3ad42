package dev.msqd.bench;

import java.io.IOException;
import java.util.Arrays;

/**
 * Runs the two-process harness when the first argument says {@code two-processes}, otherwise JMH with all arguments.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals(TwoProcesses.NAME)) {
            TwoProcesses.main(Arrays.copyOfRange(arguments, 1, arguments.length));
        } else {
            org.openjdk.jmh.Main.main(arguments);
        }
    }
}
