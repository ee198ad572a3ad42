package dev.msqd.daemon.cli;

import dev.msqd.client.Retention;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.TypeConversionException;

/** Reads and shows how much history a queue keeps: an age in small letters, a size in capitals, or both. */
final class Keep {
    /** What stands for no history. */
    static final String NONE = "none";

    private static final String AGE_UNITS = "smhdw";
    private static final long[] SECONDS = {1, 60, 3600, 86_400, 604_800};
    private static final String SIZE_UNITS = "BKMGT";
    private static final int BITS_PER_UNIT = 10;

    private Keep() {}

    /**
     * What the words say together: at most one age and one size, or {@code none} alone.
     *
     * @throws TypeConversionException naming the word, and what is allowed
     */
    static Retention parse(List<String> words) {
        if (words.equals(List.of(NONE))) {
            return Retention.NONE;
        }
        long seconds = 0;
        long bytes = 0;
        for (String word : words) {
            char unit = word.isEmpty() ? ' ' : word.charAt(word.length() - 1);
            if (AGE_UNITS.indexOf(unit) >= 0) {
                check(seconds == 0, words, "is two ages");
                seconds = amount(word, SECONDS[AGE_UNITS.indexOf(unit)]);
            } else if (SIZE_UNITS.indexOf(unit) >= 0) {
                check(bytes == 0, words, "is two sizes");
                bytes = amount(word, 1L << BITS_PER_UNIT * SIZE_UNITS.indexOf(unit));
            } else {
                check(!word.equals(NONE), words, "is both nothing and something");
                throw refused(word, "is neither an age nor a size");
            }
        }
        return new Retention(seconds, bytes);
    }

    /** As {@link #parse} reads it, in the largest units that hold it exactly. */
    static String toString(Retention retention) {
        List<String> words = new ArrayList<>();
        if (retention.seconds() > 0) {
            int unit = SECONDS.length - 1;
            while (retention.seconds() % SECONDS[unit] != 0) {
                unit--;
            }
            words.add(retention.seconds() / SECONDS[unit] + AGE_UNITS.substring(unit, unit + 1));
        }
        if (retention.bytes() > 0) {
            int unit = Math.min(Long.numberOfTrailingZeros(retention.bytes()) / BITS_PER_UNIT, SIZE_UNITS.length() - 1);
            words.add((retention.bytes() >>> BITS_PER_UNIT * unit) + SIZE_UNITS.substring(unit, unit + 1));
        }
        return words.isEmpty() ? NONE : String.join(",", words);
    }

    private static long amount(String word, long unit) {
        String digits = word.substring(0, word.length() - 1);
        try {
            if (digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                long amount = Math.multiplyExact(Long.parseLong(digits), unit);
                if (amount > 0) {
                    return amount;
                }
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // told below
        }
        throw refused(word, "is neither an age nor a size of 1 or more");
    }

    private static void check(boolean holds, List<String> words, String what) {
        if (!holds) {
            throw refused(String.join(",", words), what);
        }
    }

    private static TypeConversionException refused(String text, String what) {
        return new TypeConversionException("'" + text + "' " + what
            + " (an age such as 90s, 30m, 1h, 7d or 2w, a size such as 512M or 10G, one of each, or none)");
    }
}
