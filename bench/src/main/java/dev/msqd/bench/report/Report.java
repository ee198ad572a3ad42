package dev.msqd.bench.report;

import dev.msqd.bench.axis.Axis;
import dev.msqd.bench.axis.Scale;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogWriter;

/**
 * The files of a report.
 *
 * <pre>
 *   report.md       to read
 *   report.json     for programs
 *   AXIS.hlog       HdrHistogram's log of each axis that has histograms: one a round, tagged with setting, peer and metric
 *   AXIS.svg        a plot of each axis
 * </pre>
 */
public final class Report {
    private Report() {}

    /** Writes them; those of an earlier run are overwritten. */
    public static void write(
        Path directory, Map<String, String> head, List<Axis> axes, Scale scale, Results results) throws IOException {
        Files.createDirectories(directory);
        Map<String, String> plots = new LinkedHashMap<>();
        for (Axis axis : axes) {
            String plot = Plot.of(axis, results);
            if (plot != null) {
                plots.put(axis.name(), axis.name() + ".svg");
                Files.writeString(directory.resolve(axis.name() + ".svg"), plot);
            }
            writeHistograms(directory.resolve(axis.name() + ".hlog"), axis, results);
        }
        Files.writeString(directory.resolve("report.json"), JsonReport.of(head, results));
        Files.writeString(directory.resolve("report.md"), MarkdownReport.of(head, axes, scale, results, plots));
    }

    private static void writeHistograms(Path file, Axis axis, Results results) throws IOException {
        List<Results.Recorded> own =
            results.histograms().stream().filter(recorded -> recorded.key().axis().equals(axis.name())).toList();
        if (own.isEmpty()) {
            return;
        }
        try (PrintStream out = new PrintStream(Files.newOutputStream(file))) {
            HistogramLogWriter log = new HistogramLogWriter(out);
            log.outputLogFormatVersion();
            log.outputComment("[Times in nanoseconds; a histogram's start is its round]");
            log.outputLegend();
            for (Results.Recorded recorded : own) {
                EncodableHistogram histogram = recorded.histogram().copy();
                histogram.setTag(tag(recorded));
                histogram.setStartTimeStamp(recorded.round() * 1000L);
                histogram.setEndTimeStamp(recorded.round() * 1000L + 1000);
                log.outputIntervalHistogram(histogram);
            }
        }
    }

    /** Neither commas nor spaces may be in a tag. */
    private static String tag(Results.Recorded recorded) {
        return String.join("/", recorded.key().setting(), recorded.key().peer(), recorded.key().metric())
            .replaceAll("[\\s,]+", "_");
    }
}
