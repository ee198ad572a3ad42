package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class CountTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "007, 7", "16k, 16384", "64M, 67108864", "2G, 2147483648",
        "9223372036854775807, 9223372036854775807", "8589934591G, 9223372035781033984"})
    void readsDigitsAndASuffix(String text, long value) {
        assertEquals(value, new Count().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "K", "-1", "+1", "1.5K", "1KB", "8E", " 1", "\u0661", "many", "9223372036854775808",
        "8589934592G"})
    void refusesAllElseByName(String text) {
        String refusal =
            assertThrows(TypeConversionException.class, () -> new Count().convert(text)).getMessage();
        assertTrue(refusal.startsWith("'" + text + "' is not a number"), refusal);
    }
}
