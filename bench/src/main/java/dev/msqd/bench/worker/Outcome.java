package dev.msqd.bench.worker;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What a process found: numbers and histograms by name. It tells them on its standard output, a line each; programs in C tell their
 * samples one by one.
 *
 * <pre>
 *   number NAME VALUE
 *   histogram NAME BASE64
 *   samples NAME NS NS NS ...
 * </pre>
 */
public final class Outcome {
    /** What took longer is counted as this long. */
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final String NUMBER = "number";
    private static final String HISTOGRAM = "histogram";
    private static final String SAMPLES = "samples";

    private final Map<String, Double> numbers = new LinkedHashMap<>();
    private final Map<String, Histogram> histograms = new LinkedHashMap<>();

    /** Of times in nanoseconds, up to a minute. */
    public static Histogram newHistogram() {
        return new Histogram(LONGEST_NS, SIGNIFICANT_DIGITS);
    }

    public static void record(Histogram histogram, long ns) {
        histogram.recordValue(Math.clamp(ns, 0, LONGEST_NS));
    }

    public void put(String name, double value) {
        numbers.put(name, value);
    }

    public void put(String name, Histogram histogram) {
        histograms.put(name, histogram);
    }

    /** @throws IllegalStateException if the process told no such number */
    public double number(String name) {
        return present(numbers, name);
    }

    /** @throws IllegalStateException if the process told no such histogram */
    public Histogram histogram(String name) {
        return present(histograms, name);
    }

    public void print(PrintStream out) {
        numbers.forEach((name, value) -> out.println(NUMBER + " " + name + " " + value));
        histograms.forEach((name, histogram) -> out.println(HISTOGRAM + " " + name + " " + encode(histogram)));
    }

    /** Adds what a line of {@link #print} says. */
    public void read(String line) {
        String[] parts = line.split(" ", 3);
        switch (parts[0]) {
            case NUMBER -> put(parts[1], Double.parseDouble(parts[2]));
            case HISTOGRAM -> put(parts[1], decode(parts[2]));
            case SAMPLES -> {
                Histogram histogram = newHistogram();
                Arrays.stream(parts[2].split(" ")).mapToLong(Long::parseLong).forEach(ns -> record(histogram, ns));
                put(parts[1], histogram);
            }
            default -> throw new IllegalStateException("a measuring process says: " + line);
        }
    }

    private static String encode(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
    }

    private static Histogram decode(String text) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
        } catch (DataFormatException e) {
            throw new IllegalStateException("a measuring process told no histogram", e);
        }
    }

    private static <T> T present(Map<String, T> map, String name) {
        T value = map.get(name);
        if (value == null) {
            throw new IllegalStateException("a measuring process did not tell: " + name);
        }
        return value;
    }
}
