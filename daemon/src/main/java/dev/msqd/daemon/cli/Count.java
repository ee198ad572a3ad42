package dev.msqd.daemon.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes, messages or queues: digits with an optional suffix K, M or G, powers of 1,024. */
final class Count implements ITypeConverter<Long> {
    private static final String SUFFIXES = "KMG";
    private static final int BITS_PER_SUFFIX = 10;

    @Override
    public Long convert(String text) {
        int suffix = text.isEmpty() ? -1 : SUFFIXES.indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        String digits = suffix < 0 ? text : text.substring(0, text.length() - 1);
        try {
            if (digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Math.multiplyExact(Long.parseLong(digits), 1L << BITS_PER_SUFFIX * (suffix + 1));
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // told below
        }
        throw new TypeConversionException(
            "'" + text + "' is not a number from 0 to " + Long.MAX_VALUE + " (such as 16384, 16K or 64M)");
    }
}
