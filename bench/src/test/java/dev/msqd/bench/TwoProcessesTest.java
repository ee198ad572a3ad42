package dev.msqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The harness with next to nothing to do. */
@Timeout(300)
class TwoProcessesTest {
    @Test
    void everyTransportGivesFigures() {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, run(new StringWriter(), "--rounds=1", "--messages=2000", "--warm-up-messages=1500",
                "--round-trips=100", "--warm-up-round-trips=50"));
        } finally {
            System.setOut(out);
        }
        String table = printed.toString(StandardCharsets.UTF_8);
        for (Transport transport : Transport.values()) {
            assertTrue(table.contains("\n" + transport.label() + " "), table);
        }
    }

    @Test
    void impossibleOrdersAreRefused() {
        assertRefused("--rounds 0", "--rounds=0");
        assertRefused("--messages 1", "--messages=1");
        assertRefused("--qbytes 63", "--qbytes=63");
        assertRefused("two numbers", "--processors=0");
    }

    @Test
    void figuresSurviveTheirJourney() {
        Figures figures = new Figures(1_234_567.8, 712, 1_250.5);
        assertEquals(figures, Figures.parse(figures.toString()));
    }

    @Test
    void spreadIsThatOfTheRounds() {
        assertEquals(new Spread(3, 1, 100), Spread.of(DoubleStream.of(100, 1, 3)));
        assertEquals(new Spread(2.5, 1, 4), Spread.of(DoubleStream.of(4, 3, 2, 1)));
        assertEquals("2.00 (0.50..3690)", new Spread(2, 0.5, 3689.5).toString());
        assertEquals("10.0", Spread.threeDigits(9.996));
        assertEquals("100", Spread.threeDigits(99.96));
    }

    private static void assertRefused(String message, String... arguments) {
        StringWriter err = new StringWriter();
        assertEquals(CommandLine.ExitCode.USAGE, run(err, arguments));
        assertTrue(err.toString().contains(message), err.toString());
    }

    private static int run(StringWriter err, String... arguments) {
        return TwoProcesses.commandLine(new TwoProcesses()).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
