package dev.msqd.bench;

import dev.msqd.bench.durable.ChronicleTrials;
import dev.msqd.bench.machine.Jvm;
import java.io.IOException;
import java.util.Arrays;

/** Runs the benchmarks ({@link Bench}), or JMH alone with all that follows {@code jmh}, or {@code chronicle-trials}. */
public final class Main {
    private static final String JMH = "jmh";

    private Main() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String first = arguments.length == 0 ? "" : arguments[0];
        switch (first) {
            // In a JVM with the options that its forks are to have.
            case JMH ->
                System.exit(Jvm.builder(org.openjdk.jmh.Main.class, Arrays.copyOfRange(arguments, 1, arguments.length))
                    .inheritIO().start().waitFor());
            case ChronicleTrials.NAME -> ChronicleTrials.main(Arrays.copyOfRange(arguments, 1, arguments.length));
            default -> Bench.main(arguments);
        }
    }
}
