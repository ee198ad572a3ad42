package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A look at what is queued. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrowseCommandTest {
    @TempDir
    private Path folder;
    private ServedDirectory served;

    @BeforeEach
    void start() throws Exception {
        served = ServedDirectory.start(folder, "data");
        done("make", "q");
    }

    @AfterEach
    void stop() {
        served.close();
    }

    private String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals(ExitStatus.OK, result.status(), result.err() + result.out());
        return result.out();
    }

    /** R44: no field of msqid_ds changes, and no message. */
    @Test
    void leavesEverythingAsItIs() throws Exception {
        done("send", "-q", "q", "-t", "1", "-m", "one");
        done("send", "-q", "q", "-t", "2", "-m", "two");
        done("send", "-q", "q", "-t", "1", "-m", "three");
        assertEquals("one\n", done("recv", "-q", "q"));
        String before = done("ls", "--json");
        assertEquals("two\nthree\n", done("browse", "q"));
        assertEquals("two\n", done("browse", "q", "-t", "2"));
        assertEquals("three\n", done("browse", "-q", "q", "-x", "-t", "2"));
        assertEquals("two\n", done("browse", "q", "-n", "1"));
        assertEquals(before, done("ls", "--json"));
        assertEquals("two\nthree\n", done("recv", "-q", "q", "-n", "2"));
    }

    @Test
    void objects() throws Exception {
        done("send", "-q", "q", "-t", "9", "-m", "grün und mehr");
        CommandLineProcess.Result sent =
            served.msqd(new byte[] {(byte) 0xFF, 1, 2, '\n'}, "send", "-q", "q", "--quiet");
        assertEquals(ExitStatus.OK, sent.status());
        List<String> lines = done("browse", "q", "--json").lines().toList();
        assertTrue(lines.get(0).matches("\\{\"position\":\\d+,\"type\":9,\"length\":14,\"text\":\"grün und mehr\"}"),
            lines.get(0));
        assertTrue(lines.get(1).matches("\\{\"position\":\\d+,\"type\":1,\"length\":3,\"base64\":\"/wEC\"}"),
            lines.get(1));
        // Cut within a character.
        String cut = done("browse", "q", "--json", "--bytes", "3", "-n", "1");
        assertTrue(cut.endsWith(",\"length\":14,\"text\":\"gr\"}\n"), cut);
        assertEquals("grün", done("browse", "q", "--bytes", "5", "-n", "1").strip());
    }

    @Test
    void nothingAndRefusals() throws Exception {
        CommandLineProcess.Result empty = served.msqd("browse", "q");
        assertEquals(ExitStatus.NOTHING, empty.status());
        assertEquals("", empty.out() + empty.err());
        CommandLineProcess.Result unknown = served.msqd("browse", "none");
        assertEquals(ExitStatus.REFUSED, unknown.status());
        assertTrue(unknown.err().startsWith("msqd: ENOENT: "), unknown.err());
        for (Object[] wrong : new Object[][] {{"browse"}, {"browse", "q", "r"}, {"browse", "q", "-x"},
            {"browse", "q", "-n", "-1"}}) {
            assertEquals(ExitStatus.USAGE, served.msqd(wrong).status());
        }
    }
}
