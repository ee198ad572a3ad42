package dev.msqd.bench.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The harness with next to nothing to do. */
@Timeout(300)
class DurableLogsTest {
    @TempDir
    private Path directory;

    @Test
    void everyCandidateGivesFigures() {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            // O_DIRECT is not on every file system that tests run on.
            assertEquals(0,
                run(new StringWriter(), "--directory=" + directory, "--rounds=1", "--messages=5", "--warm-up=2",
                    "--senders=4", "--messages-each=5",
                    "--candidates=bare,bare_reserved,bare_growing,msqd,msqd_log,chronicle,sqlite"));
        } finally {
            System.setOut(out);
        }
        String table = printed.toString(StandardCharsets.UTF_8);
        for (Candidate candidate : Candidate.values()) {
            if (candidate != Candidate.BARE_DIRECT) {
                assertEquals(3, table.split(Pattern.quote("\n" + candidate.label() + " "), -1).length, table);
            }
        }
        assertEquals(0, directory.toFile().list().length);
    }

    @Test
    void impossibleOrdersAreRefused() {
        StringWriter err = new StringWriter();
        assertEquals(CommandLine.ExitCode.USAGE, run(err, "--senders=0"));
        assertTrue(err.toString().contains("1 to 1024 senders"), err.toString());
    }

    private static int run(StringWriter err, String... arguments) {
        return DurableLogs.commandLine(new DurableLogs()).setErr(new PrintWriter(err, true)).execute(arguments);
    }
}
