package dev.msqd.bench.report;

import dev.msqd.bench.machine.Spread;
import java.util.Locale;

/** How figures are written: three digits, more would promise too much. */
final class Figure {
    private static final double THREE_DIGITS = 100;

    private Figure() {}

    static String text(double value) {
        double size = Math.abs(value);
        if (size >= THREE_DIGITS || size == 0) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        int digits = 2 - (int) Math.floor(Math.log10(size));
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** Median (lowest..highest). */
    static String text(Spread spread) {
        return text(spread.median()) + " (" + text(spread.min()) + ".." + text(spread.max()) + ")";
    }
}
