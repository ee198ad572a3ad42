package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class LogEntryPrinterTest {
    private final StringWriter text = new StringWriter();
    private final LogEntryPrinter table = new LogEntryPrinter(new PrintWriter(text), false);
    private final LogEntryPrinter objects = new LogEntryPrinter(new PrintWriter(text), true);

    private static void batch(LogEntryPrinter printer, int file, long sequence) {
        printer.onBatch(file, 4096, sequence, 1, 0, 0, 1_000_000_000_000L);
    }

    private static void send(LogEntryPrinter printer, byte[] payload) {
        printer.onSend(0, 4096, 7, new UnsafeBuffer(payload), 0, payload.length);
    }

    private static byte[] utf8(String payload) {
        return payload.getBytes(StandardCharsets.UTF_8);
    }

    private List<String> lines() {
        List<String> lines = text.toString().lines().toList();
        text.getBuffer().setLength(0);
        return lines;
    }

    /** Without the time, which is the machine's own. */
    private List<String> rows() {
        return lines().stream()
            .map(line -> line.replaceFirst("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}", "T")).toList();
    }

    @Test
    void printsARowAnEntry() {
        table.begin();
        batch(table, 1, 22);
        table.onCheckpointBegin(0xabc);
        send(table, utf8("hello"));
        table.onCheckpointEnd();
        batch(table, 2, 23);
        table.onConsumed(4096, 4096);
        table.onConsumed(4096, 8192);
        table.onCleanStop();
        assertEquals(List.of(
            "FILE  SEQUENCE  TIME                    KIND           POSITION            TYPE   LENGTH  PAYLOAD",
            "1     22        T checkpoint                                        of the hot file abc",
            "1     22        T send           4096                7      5       hello",
            "1     22        T checkpoint-end",
            "2     23        T consumed       4096",
            "2     23        T consumed       4096-8192",
            "2     23        T stop"), rows());
    }

    @Test
    void printsAnObjectAnEntry() {
        objects.begin();
        batch(objects, 1, 22);
        objects.onCheckpointBegin(3);
        send(objects, utf8("größe"));
        objects.onConsumed(1, 2);
        objects.onCheckpointEnd();
        objects.onCleanStop();
        String start = "{\"file\":1,\"sequence\":22,\"time\":\"2001-09-09T01:46:40Z\",\"kind\":";
        assertEquals(List.of(
            start + "\"checkpoint\",\"incarnation\":3}",
            start + "\"send\",\"position\":4096,\"type\":7,\"length\":7,\"text\":\"größe\"}",
            start + "\"consumed\",\"first\":1,\"last\":2}",
            start + "\"checkpoint-end\"}",
            start + "\"stop\"}"), lines());
    }

    @Test
    void showsTheBeginningOfALongPayload() {
        batch(table, 1, 1);
        send(table, utf8("x".repeat(32)));
        send(table, utf8("x".repeat(33)));
        send(table, new byte[] {0, 'a', '\n', (byte) 0xff, '~', ' ', 'b'});
        List<String> rows = rows();
        assertTrue(rows.get(0).endsWith(" 32      " + "x".repeat(32)), rows.get(0));
        assertTrue(rows.get(1).endsWith(" 33      " + "x".repeat(32) + "…"), rows.get(1));
        assertTrue(rows.get(2).endsWith(" 7       .a..~ b"), rows.get(2));
    }

    @Test
    void anObjectHasTextWhereItIsText() {
        batch(objects, 1, 1);
        send(objects, utf8("x".repeat(31) + "ä"));
        assertTrue(lines().getFirst().endsWith("\"length\":33,\"text\":\"" + "x".repeat(31) + "\"}"));
        send(objects, new byte[0]);
        assertTrue(lines().getFirst().endsWith("\"length\":0,\"text\":\"\"}"));
        // The same bytes at the end of the message are no text.
        send(objects, new byte[] {'x', (byte) 0xc3});
        assertTrue(lines().getFirst().endsWith("\"length\":2,\"base64\":\"eMM=\"}"));
        send(objects, new byte[] {(byte) 0xff, 'x'});
        assertTrue(lines().getFirst().endsWith("\"length\":2,\"base64\":\"/3g=\"}"));
    }

    @Test
    void printsABatchOnce() {
        for (int look = 0; look < 3; look++) {
            table.beginLook();
            batch(table, 4, 10);
            send(table, utf8("one"));
            table.onConsumed(1, 1);
            table.onCheckpointBegin(1);
            table.onCheckpointEnd();
            batch(table, 4, 11);
            table.onCleanStop();
        }
        assertEquals(5, lines().size());
        assertEquals(4, table.lastFile());
        table.beginLook();
        batch(table, 5, 11);
        table.onCleanStop();
        assertEquals(1, lines().size());
    }

    /** What comes behind it would be printed before what is being written there. */
    @Test
    void waitsAtWhatMayBeDamage() {
        batch(table, 1, 1);
        table.onCleanStop();
        table.onDamage(1, 8192, "batch 2 is missing");
        batch(table, 1, 3);
        table.onCleanStop();
        assertEquals(1, lines().size());
        assertEquals(List.of("file 1, offset 8192: batch 2 is missing"), table.suspicion());
        table.beginLook();
        batch(table, 1, 1);
        batch(table, 1, 2);
        table.onCleanStop();
        batch(table, 1, 3);
        table.onCleanStop();
        assertEquals(List.of(), table.suspicion());
        assertFalse(table.foundDamage());
        assertEquals(2, lines().size());
    }

    @Test
    void goesOnBehindDamage() {
        table.onDamage(1, 8192, "gone");
        assertEquals(List.of("file 1, offset 8192: gone"), table.accept(table.suspicion()));
        assertTrue(table.foundDamage());
        table.beginLook();
        table.onDamage(1, 8192, "gone");
        batch(table, 1, 3);
        table.onCleanStop();
        assertEquals(List.of(), table.suspicion());
        assertEquals(1, lines().size());
        assertEquals(List.of(), table.accept(List.of("file 1, offset 8192: gone")));
    }

    @Test
    void remarksAreThoseOfTheLastLook() {
        table.onTornTail(1, 8192);
        table.beginLook();
        table.onTornTail(2, 4096);
        table.onUnfinishedFile(3);
        assertEquals(List.of("file 2, offset 4096: the log ends in the middle of a write, as after a power cut",
            "file 3 was never finished making"), table.remarks());
    }

    @Test
    void stopsWhenItIsInterrupted() {
        Thread.currentThread().interrupt();
        assertEquals(ExitStatus.INTERRUPTED, assertThrows(Failure.class, () -> batch(table, 1, 1)).status());
    }
}
