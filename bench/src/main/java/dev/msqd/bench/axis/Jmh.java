package dev.msqd.bench.axis;

import dev.msqd.bench.worker.Crew;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs one JMH benchmark with one set of parameters in one fork, pinned, and reads its score. */
final class Jmh {
    private static final String CSV_SEPARATOR = ",";
    private static final int SCORE = 4;

    private Jmh() {}

    /** What the report says of it. */
    static String method(Scale scale) {
        return "JMH, a new JVM in each round (one fork), " + iterations(scale) + " × " + time(scale) + " of warm-up, "
            + iterations(scale) + " × " + time(scale) + " counted.";
    }

    /**
     * Nanoseconds an operation.
     *
     * @param benchmark  regular expression that one benchmark matches
     * @param parameters as {@code name=value}
     * @param row        what the name ends with of the row that counts: empty, or such as {@code p0.50}
     */
    static double run(Crew crew, Scale scale, String benchmark, String row, String... parameters)
        throws IOException, InterruptedException {
        Path csv = crew.site().newPath("jmh-");
        Path log = crew.site().newPath("jmh-");
        List<String> arguments =
            new ArrayList<>(List.of(benchmark, "-f", "1", "-wi", iterations(scale), "-w", time(scale),
                "-i", iterations(scale), "-r", time(scale), "-rf", "csv", "-rff", csv.toString(), "-o", log.toString(),
                "-foe", "true"));
        for (String parameter : parameters) {
            arguments.addAll(List.of("-p", parameter));
        }
        crew.run(benchmark, true, org.openjdk.jmh.Main.class, arguments);
        for (String line : Files.readAllLines(csv)) {
            String[] cells = line.replace("\"", "").split(CSV_SEPARATOR);
            if (row.isEmpty() ? cells[0].endsWith(benchmark) : cells[0].endsWith(row)) {
                return Double.parseDouble(cells[SCORE]);
            }
        }
        throw new IOException("JMH gave no score of " + benchmark + ": " + Files.readString(log));
    }

    private static String iterations(Scale scale) {
        return scale.choose("1", "4", "5");
    }

    private static String time(Scale scale) {
        return scale.choose("20ms", "500ms", "1s");
    }
}
