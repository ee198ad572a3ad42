package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** stat and top against a real daemon, each in a process of its own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StatisticsCommandsTest {
    @TempDir
    private static Path folder;
    private static ServedDirectory served;

    @BeforeAll
    @Timeout(60)
    static void startDaemon() throws Exception {
        served = ServedDirectory.start(folder, "data");
    }

    @AfterAll
    static void stopDaemon() {
        served.close();
    }

    private static String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals(0, result.status(), result.err());
        return result.out();
    }

    @Test
    void statTellsTheCountersByTheirNames() throws Exception {
        done("send", "-q", "counted", "-m", "12345", "-n", "7");
        done("recv", "-q", "counted", "-n", "4");
        String json = done("stat", "counted", "--json");
        for (String part : List.of("\"msgs\":3,", "\"usedbytes\":15,", "\"sent\":7,", "\"sentbytes\":35,",
            "\"received\":4,",
            "\"receivedbytes\":20,", "\"waitingreceivers\":0,", "\"waitingsenders\":0,", "\"repairs\":0}")) {
            assertTrue(json.contains(part), json);
        }
        assertTrue(json.matches("(?s).*\"oldestms\":\\d+,\"loglagms\":\\d+,.*\"logsyncs\":\\d+,.*"), json);
        String words = done("stat", "counted");
        assertTrue(words.contains("in        7 messages, 35 bytes\nout       4 messages, 20 bytes\n"), words);
    }

    @Test
    void statWithoutAQueueTellsOfTheDaemon() throws Exception {
        done("make", "-q", "known");
        String json = done("stat", "--json");
        assertTrue(
            json.matches("\\{\"queues\":\\d+,\"clients\":\\d+,\"clientdeaths\":\\d+,\"repairs\":\\d+,\"logsyncs\":\\d+,"
                + "\"logfaults\":0,\"tracedropped\":0,\"lookedms\":\\d+}\n"),
            json);
        assertTrue(done("stat").startsWith("queues    "), done("stat"));
    }

    @Test
    void topPrintsRoundsWhereThereIsNoTerminal() throws Exception {
        done("send", "-q", "shown", "-m", "123", "-n", "1234");
        String out = done("top", "-n", "2", "-d", "0.2", "-s", "name");
        List<String> lines = out.lines().toList();
        assertEquals(2,
            lines.stream().filter(line -> line.matches(" +ID  QUEUE +MESSAGES +BYTES +IN/s +OUT/s +OLDEST.*")).count(),
            out);
        assertEquals(2,
            lines.stream().filter(line -> line.matches(" +\\d+  shown +1,234 +3\\.6K +[0-9,]+ +0 .*")).count(),
            out);
        assertFalse(out.contains("\033"), out);
    }

    @Test
    void topEndsWithItsReader() throws Exception {
        try (CommandLineProcess top = served.starting("top", "-d", "0.1")) {
            top.out().read();
            top.signal("INT");
            assertEquals(ExitStatus.INTERRUPTED, top.waitFor());
            assertEquals("", top.err());
        }
    }

    @Test
    void badOptionsAreNamed() throws Exception {
        CommandLineProcess.Result interval = served.msqd("top", "-d", "0");
        assertEquals(ExitStatus.USAGE, interval.status());
        assertTrue(interval.err().contains("--interval is 0.1 to 3600 seconds"), interval.err());
        CommandLineProcess.Result order = served.msqd("top", "-s", "size");
        assertEquals(ExitStatus.USAGE, order.status());
        assertEquals("msqd: Invalid value for option '--sort': 'size' is not a column"
            + " (name, messages, bytes, in, out, age, waiting, lag)\nTry 'msqd top --help'.\n", order.err());
    }

    @Test
    void aBadHttpPortIsNamed() throws Exception {
        CommandLineProcess.Result result =
            CommandLineProcess.run(new byte[0], "serve", "--dir", folder.resolve("other"), "-Dmsqd.http.port=70000");
        assertEquals(ExitStatus.USAGE, result.status());
        assertTrue(result.err().contains("http.port = 70000 is not allowed; it is 0 .. 65535"), result.err());
    }
}
