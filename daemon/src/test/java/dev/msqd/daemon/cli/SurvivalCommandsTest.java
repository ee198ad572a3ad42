package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Durability and history on the command line, against a real daemon. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SurvivalCommandsTest {
    private static final String KEEP_ALLOWED =
        " (an age such as 90s, 30m, 1h, 7d or 2w, a size such as 512M or 10G, one of each, or none)";

    @TempDir
    private static Path folder;
    private static ServedDirectory served;

    @BeforeAll
    @Timeout(60)
    static void startDaemon() throws Exception {
        served = ServedDirectory.start(folder, "data", "-Dmsqd.durability=process");
    }

    @AfterAll
    static void stopDaemon() {
        served.close();
    }

    private static String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals(ExitStatus.OK, result.status(), result.err());
        assertEquals("", result.err());
        return result.out();
    }

    private static void misused(String message, Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals("msqd: " + message + "\nTry 'msqd " + arguments[0] + " --help'.\n", result.err());
        assertEquals(ExitStatus.USAGE, result.status());
    }

    private static void has(String name, String level, String keep) throws Exception {
        assertTrue(done("ls").matches("(?s).*\\n0x[^\\n]* 0 +0 +" + level + " +" + keep + " +" + name + "\\n.*"));
        String shown = done("stat", name);
        assertTrue(shown.contains("\nsurvives  " + level + "\nkeeps     " + keep + "\n"), shown);
    }

    @Test
    void aQueueIsMadeWithThem() throws Exception {
        done("make", "made", "--durability", "sync", "--keep", "1h", "--keep", "10G");
        has("made", "sync", "1h,10G");
        String json = "\"durability\":\"sync\",\"keepseconds\":3600,\"keepbytes\":10737418240";
        assertTrue(done("stat", "made", "--json").contains(json));
        assertTrue(done("ls", "--json").contains(json));
        done("make", "comma", "--durability=interval", "--keep=512M,30m");
        has("comma", "interval", "30m,512M");
    }

    @Test
    void theyAreTheDaemonsUnlessNamed() throws Exception {
        done("make", "plain");
        has("plain", "process", "none");
        done("make", "nothing", "--keep", "none");
        has("nothing", "process", "none");
    }

    @Test
    void theyAreChanged() throws Exception {
        CommandLineProcess.Result made = served.msqd("make", "changing", "--keep", "7d");
        assertEquals(ExitStatus.OK, made.status());
        assertEquals("msqd: queue 'changing' keeps no history as long as its level is process\n", made.err());
        has("changing", "process", "1w");
        done("set", "-q", "changing", "--durability", "interval");
        has("changing", "interval", "1w");
        done("set", "-q", "changing", "--keep", "100M");
        has("changing", "interval", "100M");
        done("set", "-q", "changing", "--mode", "640");
        has("changing", "interval", "100M");
        done("set", "-q", "changing", "--durability", "process", "--keep", "none");
        has("changing", "process", "none");
    }

    @Test
    void misuseNamesTheValueAndWhatIsAllowed() throws Exception {
        String before = done("ls");
        misused("Invalid value for option '--durability': 'fsync' is not a durability (process, interval, sync)",
            "make", "x", "--durability", "fsync");
        misused("Invalid value for option '--keep': '10' is neither an age nor a size" + KEEP_ALLOWED,
            "make", "x", "--keep", "10");
        misused("Invalid value for option '--keep': '1h,2h' is two ages" + KEEP_ALLOWED,
            "set", "-q", "x", "--keep", "1h", "--keep", "2h");
        misused("nothing to set: --mode, --owner, --group, --qbytes, --durability or --keep", "set", "-q", "x");
        assertEquals(before, done("ls"));
    }

    @Test
    void helpAndCompletionKnowThem() throws Exception {
        for (String command : new String[] {"make", "set"}) {
            String help = done(command, "--help");
            assertTrue(help.contains("--durability=LEVEL"), help);
            assertTrue(help.contains("--keep=AGE|SIZE"), help);
        }
        String completion = done("completion");
        assertTrue(completion.contains("LEVEL_option_args=(\"process\" \"interval\" \"sync\")"), completion);
        assertTrue(completion.contains("'--keep'"), completion);
    }
}
