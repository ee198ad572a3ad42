package dev.msqd.daemon.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A place in a queue's history: a position, or a time.
 *
 * @param isPosition whether it is a position
 * @param value      the position; or the time, milliseconds since the epoch
 */
record Moment(boolean isPosition, long value) {
    private static final String AGE_UNITS = "smhdw";
    private static final long[] UNIT_SECONDS = {1, 60, 3600, 86_400, 604_800};

    /**
     * Reads what the user wrote.
     *
     * @param now tells today, and the user's time zone
     * @throws TypeConversionException naming what is allowed
     */
    static Moment parse(String text, ZonedDateTime now) {
        try {
            if (text.matches("[0-9]+")) {
                return new Moment(true, Long.parseLong(text));
            }
            return new Moment(false, time(text, now).toEpochMilli());
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            throw new TypeConversionException("'" + text
                + "' is neither a position (a number that msqd log shows) nor a time "
                + "(2026-01-31T12:00:00Z, 2026-01-31T12:00:00 or 2026-01-31 of the local time zone, 12:00:00 of today, "
                + "-5m for five minutes ago, also s, h, d, w)");
        }
    }

    private static Instant time(String text, ZonedDateTime now) {
        if (text.matches("-[0-9]+[" + AGE_UNITS + "]")) {
            int last = text.length() - 1;
            long count = Long.parseLong(text.substring(1, last));
            return now.toInstant().minus(Duration.ofSeconds(
                Math.multiplyExact(count, UNIT_SECONDS[AGE_UNITS.indexOf(text.charAt(last))])));
        }
        // As msqd log shows it.
        String iso = text.replace(' ', 'T');
        List<Function<String, Instant>> readers = List.of(
            word -> OffsetDateTime.parse(word).toInstant(),
            word -> LocalDateTime.parse(word).atZone(now.getZone()).toInstant(),
            word -> LocalDate.parse(word).atStartOfDay(now.getZone()).toInstant(),
            word -> now.with(LocalTime.parse(word)).toInstant());
        DateTimeException refusal = null;
        for (Function<String, Instant> reader : readers) {
            try {
                return reader.apply(iso);
            } catch (DateTimeException e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<Moment> {
        @Override
        public Moment convert(String text) {
            return parse(text, ZonedDateTime.now());
        }
    }
}
