package dev.msqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.bench.axis.Axes;
import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.Scale;
import dev.msqd.bench.axis.Trial;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Every axis runs, with next to nothing to do. A run fails when a message is lost, comes twice, out of order or with another number: the
 * measuring processes check each. What is measured here says nothing.
 */
@Timeout(300)
class SmokeTest {
    @TempDir
    private Path report;

    static Stream<String> axes() {
        return Axes.all().stream().map(Axis::name);
    }

    @ParameterizedTest
    @MethodSource("axes")
    void axisGivesAReport(String name) throws IOException {
        assertEquals(0, run(new StringWriter(), "--tiny", "--rounds=1", "--repeats=0", "--only=" + name,
            "--report=" + report));
        String markdown = Files.readString(report.resolve("report.md"));
        String json = Files.readString(report.resolve("report.json"));
        Axis axis = Axes.all().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
        assertTrue(markdown.contains("## " + axis.title() + "\n"), markdown);
        for (String fact : List.of("kernel", "JDK", "limits", "revision", "load before", "processes")) {
            assertTrue(markdown.contains("| " + fact + " | "), fact + " in " + markdown);
        }
        assertTrue(json.contains("\"axis\": \"" + name + "\""), json);
        for (Trial trial : axis.trials(Scale.TINY)) {
            // Measured, or named as not to be had on this machine.
            boolean measured = markdown.contains("| " + trial.setting() + " | ");
            boolean missing = markdown.contains("- " + name + ", " + trial.setting() + ", " + trial.peer() + ": ");
            assertTrue(measured || missing || trial.setting().equals("all"), trial + " in " + markdown);
        }
        assertTrue(Files.readString(report.resolve(name + ".svg")).startsWith("<svg "), "plot");
        if (Files.exists(report.resolve(name + ".hlog"))) {
            assertTrue(histograms(report.resolve(name + ".hlog")) > 0);
        }
    }

    @Test
    void everyAxisThatTimesEachMessageLeavesItsHistograms() throws IOException {
        assertEquals(0,
            run(new StringWriter(), "--tiny", "--rounds=2", "--repeats=0", "--only=wake-up", "--report=" + report));
        // Six peers at most, two rounds, one histogram each.
        int count = histograms(report.resolve("wake-up.hlog"));
        assertTrue(count >= 2 && count % 2 == 0 && count <= 12, "histograms: " + count);
    }

    @Test
    void impossibleOrdersAreRefused() {
        assertRefused("--rounds is at least 1", "--rounds=0");
        assertRefused("--only nonsense: there are ", "--only=nonsense");
    }

    private static int histograms(Path log) throws IOException {
        int count = 0;
        HistogramLogReader reader = new HistogramLogReader(log.toFile());
        while (reader.hasNext()) {
            EncodableHistogram histogram = reader.nextIntervalHistogram();
            assertFalse(histogram.getTag().isEmpty());
            assertTrue(histogram.getMaxValueAsDouble() > 0, histogram.getTag());
            count++;
        }
        reader.close();
        return count;
    }

    private static void assertRefused(String message, String... arguments) {
        StringWriter err = new StringWriter();
        assertEquals(CommandLine.ExitCode.USAGE, run(err, arguments));
        assertTrue(err.toString().contains(message), err.toString());
    }

    private static int run(StringWriter err, String... arguments) {
        return Bench.commandLine(new Bench()).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
