package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class MomentTest {
    private static final ZonedDateTime NOW = ZonedDateTime.parse("2026-03-10T12:34:56+02:00[Europe/Athens]");

    @ParameterizedTest
    @CsvSource({"2026-01-31T12:00:00Z, 2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.125+01:00, 2026-01-31T11:00:00.125Z",
        "2026-01-31T12:00:00, 2026-01-31T10:00:00Z",
        "2026-01-31 12:00:00.500, 2026-01-31T10:00:00.500Z",
        "2026-01-31, 2026-01-30T22:00:00Z",
        "09:15, 2026-03-10T07:15:00Z",
        "09:15:30, 2026-03-10T07:15:30Z",
        "-5m, 2026-03-10T10:29:56Z",
        "-90s, 2026-03-10T10:33:26Z",
        "-2h, 2026-03-10T08:34:56Z",
        "-1d, 2026-03-09T10:34:56Z",
        "-1w, 2026-03-03T10:34:56Z"})
    void times(String text, Instant expected) {
        assertEquals(new Moment(false, expected.toEpochMilli()), Moment.parse(text, NOW));
    }

    @Test
    void positions() {
        assertEquals(new Moment(true, 0), Moment.parse("0", NOW));
        assertEquals(new Moment(true, Long.MAX_VALUE), Moment.parse("9223372036854775807", NOW));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "-5", "5m", "-m", "9223372036854775808", "25:00:00", "2026-02-30",
        "-99999999999999999w"})
    void whatIsNeither(String text) {
        String message = assertThrows(TypeConversionException.class, () -> Moment.parse(text, NOW)).getMessage();
        assertTrue(message.startsWith("'" + text + "' is neither a position "), message);
    }

    @Test
    void speeds() {
        Pace.Converter converter = new Pace.Converter();
        assertEquals(1, converter.convert("1x"));
        assertEquals(0.5, converter.convert("0.5x"));
        assertEquals(Double.POSITIVE_INFINITY, converter.convert("max"));
        for (String wrong : new String[] {"", "x", "0x", "1", "-1x", "1e3x", "fast"}) {
            assertThrows(TypeConversionException.class, () -> converter.convert(wrong), wrong);
        }
    }
}
