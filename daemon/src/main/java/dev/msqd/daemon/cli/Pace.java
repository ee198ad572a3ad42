package dev.msqd.daemon.cli;

import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Waits until a message is due again: as long after the first one as it was when it was recorded, or a fraction of that. One thread. */
final class Pace {
    private static final double NS_PER_MS = 1e6;

    private final double speed;
    private long startNs;
    private boolean begun;
    private long lastMs;
    private double dueNs;

    /** @param speed how many times as fast; infinite for no waiting */
    Pace(double speed) {
        this.speed = speed;
    }

    /**
     * Waits for the time of a message. Where recorded times go back, as when the clock was set, no time passes.
     *
     * @throws Failure interrupted
     */
    void await(long timeMs) {
        if (!begun) {
            begun = true;
            startNs = System.nanoTime();
        } else {
            dueNs += Math.max(0, timeMs - lastMs) * NS_PER_MS / speed;
        }
        lastMs = timeMs;
        while (true) {
            if (Thread.interrupted()) {
                throw new Failure(ExitStatus.INTERRUPTED, "");
            }
            long leftNs = (long) dueNs - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(leftNs);
        }
    }

    /** Reads 1x, 2x, 0.5x, max. */
    static final class Converter implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            if (text.equals("max")) {
                return Double.POSITIVE_INFINITY;
            }
            if (text.matches("[0-9]+(\\.[0-9]+)?x") && Double.parseDouble(text.substring(0, text.length() - 1)) > 0) {
                return Double.parseDouble(text.substring(0, text.length() - 1));
            }
            throw new TypeConversionException("'" + text + "' is not a speed (such as 1x, 2x, 0.5x or max)");
        }
    }
}
