package dev.msqd.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The harness runs; what it measures here says nothing. */
@Timeout(120)
class WaitingClientsTest {
    @Test
    void allClientsAreAnsweredAndStopped() {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, TwoProcesses.commandLine(new WaitingClients())
                .execute("--clients=5", "--asking=2", "--seconds=1", "--rounds=1"));
        } finally {
            System.setOut(out);
        }
        String table = printed.toString(StandardCharsets.UTF_8);
        assertTrue(table.contains("5 waiting, msqd blocking"), table);
        assertTrue(table.contains("5 waiting, kernel blocking"), table);
    }

    @Test
    void noFewerClientsThanAsk() {
        StringWriter err = new StringWriter();
        assertEquals(2, TwoProcesses.commandLine(new WaitingClients()).setErr(new PrintWriter(err))
            .execute("--clients=5", "--asking=6"));
        assertTrue(err.toString().contains("--asking 6"), err.toString());
    }
}
