package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.TestJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import picocli.CommandLine;

/** Limits that change while a daemon runs, seen from other processes. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LimitsCommandTest {
    @TempDir
    private Path folder;
    private ServedDirectory served;

    @BeforeEach
    void start() throws Exception {
        served = ServedDirectory.start(folder, "data");
    }

    @AfterEach
    void stop() {
        served.close();
    }

    private CommandLineProcess.Result msqd(Object... arguments) throws Exception {
        return served.msqd(arguments);
    }

    private String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = msqd(arguments);
        assertEquals(ExitStatus.OK, result.status(), result.err());
        return result.out();
    }

    private void refused(int status, String message, Object... arguments) throws Exception {
        CommandLineProcess.Result result = msqd(arguments);
        assertEquals("msqd: " + message, result.err().strip());
        assertEquals(status, result.status());
    }

    @Test
    void showsAndChangesThem() throws Exception {
        assertEquals("msgmax=65536\nmsgmnb=67108864\nmsgmni=32000\nmsgtql=0\n", done("limits"));
        assertEquals("msgmax=2048\nmsgmnb=1048576\nmsgmni=32000\nmsgtql=40\n",
            done("limits", "--msgmax", "2K", "--msgmnb", "1m", "--msgtql", "40"));
        assertEquals("{\"msgmax\":2048,\"msgmnb\":1048576,\"msgmni\":5,\"msgtql\":40}\n",
            done("limits", "--msgmni", "5", "--json"));
        assertEquals(done("limits", "--json"), done("ls", "--limits", "--json"));
    }

    @Test
    void namesTheLimitAndItsRange() throws Exception {
        String before = done("limits");
        // R76
        refused(ExitStatus.REFUSED, "EINVAL: msgmax 2147483648 is not allowed; it is 0 .. 2147483647",
            "limits", "--msgmax", "2G");
        refused(ExitStatus.REFUSED, "EINVAL: msgmnb 2147483648 is not allowed; it is 0 .. 2147483647",
            "limits", "--msgmnb", "2147483648");
        refused(ExitStatus.REFUSED, "EINVAL: msgmni 32769 is not allowed; it is 0 .. 32768",
            "limits", "--msgmax", "1", "--msgmni", "32769");
        refused(ExitStatus.REFUSED, "EINVAL: msgtql 4294967296 is not allowed; it is 0 .. 2147483647",
            "limits", "--msgtql", "4G");
        CommandLineProcess.Result negative = msqd("limits", "--msgmax=-1");
        assertEquals(ExitStatus.USAGE, negative.status());
        assertTrue(negative.err().contains("'-1' is not a number"), negative.err());
        assertEquals(before, done("limits"));
        // R76: the ends of the ranges
        assertEquals("msgmax=2147483647\nmsgmnb=2147483647\nmsgmni=32768\nmsgtql=2147483647\n", done("limits",
            "--msgmax", "2147483647", "--msgmnb", "2147483647", "--msgmni", "32K", "--msgtql", "2147483647"));
        assertEquals("msgmax=0\nmsgmnb=0\nmsgmni=0\nmsgtql=0\n",
            done("limits", "--msgmax", "0", "--msgmnb", "0", "--msgmni", "0", "--msgtql", "0"));
    }

    @Test
    void isForTheDaemonsUser() throws Exception {
        assumeTrue(Processes.effectiveUid() == 0 && TestJvm.hasProgram("setpriv"), "only root can become others");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path lib = Files.createDirectory(folder.resolve("lib"));
        Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwxr-xr-x"));
        String classPath = TestJvm.copiedClassPath(lib, Main.class, Msqd.class, UnsafeBuffer.class, CommandLine.class,
            Histogram.class, Logger.class);
        List<String> command = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        List<String> options = List.of(TestJvm.SIMPLE_COMPILER);
        List<String> change = new ArrayList<>(command);
        change
            .addAll(TestJvm.command(options, classPath, Main.class, "--dir", served.path(), "limits", "--msgtql", "1"));
        CommandLineProcess.Result refused = CommandLineProcess.run(new byte[0], change);
        assertEquals("msqd: EPERM: limits are changed by the daemon's own user, 0, or with CAP_SYS_RESOURCE; "
            + "this is user 65534\n", refused.err());
        assertEquals(ExitStatus.REFUSED, refused.status());
        List<String> show = new ArrayList<>(command);
        show.addAll(TestJvm.command(options, classPath, Main.class, "--dir", served.path(), "limits"));
        assertEquals(done("limits"), CommandLineProcess.run(new byte[0], show).out());
    }

    @Test
    void holdUntilTheDaemonIsStartedAnew() throws Exception {
        done("limits", "--msgmax", "10");
        served.close();
        served = ServedDirectory.start(folder, "data");
        assertTrue(done("limits").startsWith("msgmax=65536\n"));
    }

    @Test
    void aLowerMsgmaxLeavesLongMessagesReceivable() throws Exception {
        String text = "x".repeat(1000);
        done("send", "-q", "long", "-m", text);
        done("limits", "--msgmax", "999");
        CommandLineProcess.Result refused = msqd("send", "-q", "long", "-m", text);
        // R20, R77
        assertEquals(ExitStatus.REFUSED, refused.status());
        assertTrue(refused.err().contains("EINVAL"), refused.err());
        done("send", "-q", "long", "-m", text.substring(1));
        // R77
        assertEquals(text + "\n", done("recv", "-q", "long"));
        assertEquals(text.substring(1) + "\n", done("recv", "-q", "long"));
        done("limits", "--msgmax", "1000");
        done("send", "-q", "long", "-m", text);
    }

    @Test
    void aSenderAtWorkHeedsTheNewMsgmax() throws Exception {
        try (CommandLineProcess sender = served.starting("send", "-q", "stream")) {
            var lines = sender.process().outputWriter();
            lines.write("12345\n");
            lines.flush();
            assertEquals("12345\n", done("recv", "-q", "stream"));
            done("limits", "--msgmax", "4");
            lines.write("12345\n");
            lines.close();
            // R77
            assertEquals(ExitStatus.REFUSED, sender.waitFor());
            assertTrue(sender.err().contains("EINVAL") || sender.err().contains("over the limit"), sender.err());
        }
        assertEquals(ExitStatus.NOTHING, msqd("recv", "-q", "stream", "--nowait").status());
    }

    @Test
    void aNewMsgmnbIsForNewQueues() throws Exception {
        done("make", "old");
        done("limits", "--msgmnb", "5");
        done("make", "new");
        // R77
        assertTrue(done("stat", "old").contains(" of 67108864\n"));
        assertTrue(done("stat", "new").contains(" of 5\n"));
        done("send", "-q", "old", "-m", "123456");
        refused(ExitStatus.NOTHING,
            "0 messages sent to queue 'new'\nmsqd: EAGAIN: the message is 6 bytes long, queue 'new' holds no more than 5 (qbytes)",
            "send", "-q", "new", "-m", "123456", "--nowait");
    }

    @Test
    void msgmniRefusesNewQueuesOnly() throws Exception {
        done("make", "one");
        done("make", "two");
        done("limits", "--msgmni", "1");
        // R11, R77
        refused(ExitStatus.REFUSED, "ENOSPC: another queue would be number 3; the limit msgmni is 1", "make", "three");
        done("send", "-q", "one", "-m", "x");
        assertEquals("x\n", done("recv", "-q", "one"));
        done("set", "-q", "two", "--mode", "600");
        done("rm", "one");
        refused(ExitStatus.REFUSED, "ENOSPC: another queue would be number 2; the limit msgmni is 1", "make", "three");
        done("rm", "two");
        done("make", "three");
    }

    @Test
    void msgtqlHoldsForAllQueuesTogether() throws Exception {
        done("limits", "--msgtql", "2");
        done("send", "-q", "one", "-m", "x", "-n", "2");
        // R78
        refused(ExitStatus.NOTHING, "0 messages sent to queue 'two'\n"
            + "msqd: EAGAIN: there may be no more messages on all queues together (msgtql)",
            "send", "-q", "two", "-m", "y", "--nowait");
        try (CommandLineProcess sender = served.starting("send", "-q", "two", "-m", "y")) {
            assertFalse(sender.process().waitFor(2_000, TimeUnit.MILLISECONDS));
            assertEquals("x\n", done("recv", "-q", "one"));
            assertEquals(ExitStatus.OK, sender.waitFor());
            assertEquals("""
                msqd: there may be no more messages on all queues together (msgtql): waiting for a receiver
                msqd: 1 message sent to queue 'two'
                """, sender.err());
        }
        try (CommandLineProcess sender = served.starting("send", "-q", "three", "-m", "z")) {
            assertFalse(sender.process().waitFor(1_000, TimeUnit.MILLISECONDS));
            // No limit, no wait.
            done("limits", "--msgtql", "0");
            assertEquals(ExitStatus.OK, sender.waitFor());
        }
        assertEquals("y\n", done("recv", "-q", "two"));
        assertEquals("z\n", done("recv", "-q", "three"));
    }

    @Test
    void aRemovalMakesRoomUnderMsgtql() throws Exception {
        done("limits", "--msgtql", "1");
        done("send", "-q", "one", "-m", "x");
        try (CommandLineProcess sender = served.starting("send", "-q", "two", "-m", "y")) {
            assertFalse(sender.process().waitFor(1_000, TimeUnit.MILLISECONDS));
            // R69, R78
            done("rm", "one");
            assertEquals(ExitStatus.OK, sender.waitFor());
        }
    }
}
