package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class KeepTest {
    private static List<String> words(String text) {
        return List.of(text.split(",", -1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"90s;90;0", "30m;1800;0", "1h;3600;0", "7d;604800;0", "2w;1209600;0",
        "1B;0;1", "8K;0;8192", "512M;0;536870912", "10G;0;10737418240", "1T;0;1099511627776",
        "7d,10G;604800;10737418240",
        "10G,7d;604800;10737418240", "none;0;0", "007d;604800;0", "9223372036854775807s;9223372036854775807;0"})
    void readsAnAgeASizeOrBoth(String text, long seconds, long bytes) {
        assertEquals(new Retention(seconds, bytes), Keep.parse(words(text)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "10;'10' is neither an age nor a size", "'';'' is neither an age nor a size",
        "10g;'10g' is neither an age nor a size", "1H;'1H' is neither an age nor a size",
        "1h,;'' is neither an age nor a size", "1y;'1y' is neither an age nor a size",
        "h;'h' is neither an age nor a size of 1 or more", "0h;'0h' is neither an age nor a size of 1 or more",
        "0G;'0G' is neither an age nor a size of 1 or more", "-1h;'-1h' is neither an age nor a size of 1 or more",
        "+1h;'+1h' is neither an age nor a size of 1 or more", "1.5h;'1.5h' is neither an age nor a size of 1 or more",
        "\u0661h;'\u0661h' is neither an age nor a size of 1 or more",
        "9223372036854775807m;'9223372036854775807m' is neither an age nor a size of 1 or more",
        "8388608T;'8388608T' is neither an age nor a size of 1 or more",
        "1h,2h;'1h,2h' is two ages", "1G,1h,2G;'1G,1h,2G' is two sizes",
        "none,1h;'none,1h' is both nothing and something", "1h,none;'1h,none' is both nothing and something"})
    void refusesAllElseByName(String text, String refusal) {
        assertEquals(refusal
            + " (an age such as 90s, 30m, 1h, 7d or 2w, a size such as 512M or 10G, one of each, or none)",
            assertThrows(TypeConversionException.class, () -> Keep.parse(words(text))).getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"0;0;none", "90;0;90s", "1800;0;30m", "5400;0;90m", "7200;0;2h", "86400;0;1d",
        "604800;0;1w", "691200;0;8d", "0;1;1B", "0;1023;1023B", "0;1024;1K", "0;1536;1536B", "0;10737418240;10G",
        "0;1125899906842624;1024T", "3600;536870912;1h,512M"})
    void showsTheLargestUnitsThatHoldItExactly(long seconds, long bytes, String text) {
        assertEquals(text, Keep.toString(new Retention(seconds, bytes)));
    }

    @Test
    void readsWhatItShows() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            Retention retention = new Retention(random.nextLong() >>> 1 + random.nextInt(63),
                (random.nextLong() >>> 1 + random.nextInt(63)) << random.nextInt(2) * 10 & Long.MAX_VALUE);
            assertEquals(retention, Keep.parse(words(Keep.toString(retention))), "seed " + seed);
        }
    }

    @Test
    void levelsAreTheDurabilitiesInSmallLetters() {
        assertEquals(List.of("process", "interval", "sync"),
            List.of(Durability.values()).stream().map(Level::toString).toList());
        for (Durability durability : Durability.values()) {
            assertEquals(durability, new Level().convert(Level.toString(durability)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SYNC", "fsync", "1", " sync"})
    void otherLevelsAreRefusedByName(String text) {
        String refusal = assertThrows(TypeConversionException.class, () -> new Level().convert(text)).getMessage();
        assertTrue(refusal.endsWith("'" + text + "' is not a durability (process, interval, sync)"), refusal);
    }
}
