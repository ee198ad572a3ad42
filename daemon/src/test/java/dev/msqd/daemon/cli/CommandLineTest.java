package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a real daemon, every one of them in a process of its own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandLineTest {
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

    @Test
    void bytesPassThroughUntouched() throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);
        bytes[bytes.length - 1] = '\n';
        CommandLineProcess.Result sent = msqd(bytes, "send", "-q", "bytes");
        assertEquals(0, sent.status(), sent.err());
        CommandLineProcess.Result received = msqd("recv", "-q", "bytes", "--nowait");
        assertEquals(0, received.status(), received.err());
        assertArrayEquals(bytes, received.bytes());
    }

    @Test
    void sizePrefixedMessagesMayHoldNewlines() throws Exception {
        byte[] stream = "\0\0\0\3a\nb\0\0\0\0\0\0\0\1c".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(0, msqd(stream, "send", "-q", "prefixed", "--size-prefixed").status());
        assertArrayEquals(stream, msqd("recv", "-q", "prefixed", "-n", "3", "--size-prefixed").bytes());
    }

    @Test
    void messagesAreChosenByType() throws Exception {
        for (int type = 3; type >= 1; type--) {
            assertEquals(0, msqd("send", "-q", "types", "-t", type, "-m", "type " + type).status());
        }
        assertEquals("type 2\n", msqd("recv", "-q", "types", "-t", "2").out());
        assertEquals("type 3\n", msqd("recv", "-q", "types", "-t", "1", "--except").out());
        CommandLineProcess.Result none = msqd("recv", "-q", "types", "-t", "7", "--nowait");
        assertEquals(ExitStatus.NOTHING, none.status());
        assertEquals("", none.out());
        assertEquals("{\"type\":1,\"length\":6,\"text\":\"type 1\"}\n", msqd("recv", "-q", "types", "--json").out());
    }

    @Test
    void recvSaysWhenFewerCameThanAskedFor() throws Exception {
        msqd("send", "-q", "few", "-m", "x", "-n", "3");
        CommandLineProcess.Result received = msqd("recv", "-q", "few", "-n", "5", "--timeout", "0.1");
        assertEquals("x\nx\nx\n", received.out());
        assertEquals(ExitStatus.NOTHING, received.status());
    }

    @Test
    void aLineTooLongEndsSendAndWhatWentBeforeStays() throws Exception {
        String input = "one\ntwo\n" + "x".repeat(70_000) + "\nfour\n";
        CommandLineProcess.Result sent = msqd(input.getBytes(StandardCharsets.UTF_8), "send", "-q", "long");
        assertEquals(ExitStatus.REFUSED, sent.status());
        assertEquals("""
            msqd: 2 messages sent to queue 'long'
            msqd: stdin: line 3 is 70000 bytes long, over the limit of 65536 (msgmax)
            """, sent.err());
        assertEquals("one\ntwo\n", msqd("recv", "-q", "long", "--nowait").out());
    }

    @Test
    void sendWaitsForAReceiverAndSaysSo() throws Exception {
        assertEquals(0, msqd("make", "-q", "small", "--qbytes", "10").status());
        CommandLineProcess.Result refused = msqd("send", "-q", "small", "-m", "12345", "-n", "3", "--nowait");
        assertEquals(ExitStatus.NOTHING, refused.status());
        assertEquals("""
            msqd: 2 messages sent to queue 'small'
            msqd: EAGAIN: queue 'small' is full (qbytes 10)
            """, refused.err());
        try (CommandLineProcess sender = served.starting("send", "-q", "small", "-m", "later", "-n", "2")) {
            assertFalse(sender.process().waitFor(2_000, TimeUnit.MILLISECONDS));
            CommandLineProcess.Result received = msqd("recv", "-q", "small", "-n", "4", "--timeout", "30");
            assertEquals("12345\n12345\nlater\nlater\n", received.out());
            assertEquals(0, sender.waitFor());
            assertEquals("""
                msqd: queue 'small' is full (qbytes 10): waiting for a receiver
                msqd: 2 messages sent to queue 'small'
                """, sender.err());
        }
    }

    @Test
    void sendSaysThatAMessageIsLongerThanAllThatTheQueueHolds() throws Exception {
        assertEquals(0, msqd("make", "-q", "tiny", "--qbytes", "4").status());
        // R22
        assertEquals("""
            msqd: 0 messages sent to queue 'tiny'
            msqd: EAGAIN: the message is 5 bytes long, queue 'tiny' holds no more than 4 (qbytes)
            """, msqd("send", "-q", "tiny", "-m", "12345", "--nowait").err());
        try (CommandLineProcess sender = served.starting("send", "-q", "tiny", "-m", "12345")) {
            while (msqd("why", "tiny").out().startsWith("nobody waits")) {
                Thread.sleep(20);
            }
            assertFalse(sender.process().waitFor(2_000, TimeUnit.MILLISECONDS)); // and tells it
            assertEquals(0, msqd("set", "-q", "tiny", "--qbytes", "5").status());
            // R68
            assertEquals(0, sender.waitFor());
            assertEquals("""
                msqd: the message is 5 bytes long, queue 'tiny' holds no more than 4 (qbytes): waiting for a higher limit
                msqd: 1 message sent to queue 'tiny'
                """, sender.err());
        }
    }

    @Test
    void sendMakesNamesAndKeysButNotIds() throws Exception {
        assertEquals(ExitStatus.REFUSED, msqd("send", "-q", "nowhere", "--no-create", "-m", "x").status());
        assertEquals(0, msqd("send", "-q", "0x7001", "-m", "x").status());
        assertEquals("x\n", msqd("recv", "-q", "0x7001").out());
        CommandLineProcess.Result unknown = msqd("send", "-q", "31999", "-m", "x");
        assertEquals(ExitStatus.REFUSED, unknown.status());
        assertTrue(unknown.err().startsWith("msqd: EINVAL: "), unknown.err());
        assertTrue(unknown.err().contains("31999"), unknown.err());
    }

    @Test
    void aQueueIsMadeShownChangedAndRemoved() throws Exception {
        // R81
        String made = msqd("make", "life", "-p", "0640", "--qbytes", "16K").out();
        assertTrue(made.matches("Message queue id: \\d+\n"), made);
        String id = made.replaceAll("\\D", "");
        CommandLineProcess.Result again = msqd("make", "life");
        assertEquals(ExitStatus.REFUSED, again.status());
        assertTrue(again.err().startsWith("msqd: EEXIST: "), again.err());
        // R80
        assertTrue(
            msqd("ls").out().matches("(?s).*\n0x[0-9a-f]{8} " + id + " +\\S+ +640 +0 +0 +interval +none +life\n.*"));
        assertEquals(0, msqd("set", "-q", "life", "--mode", "600", "--qbytes", "100").status());
        String shown = msqd("stat", id).out();
        assertTrue(shown.contains("rw------- (0600)"), shown);
        assertTrue(shown.contains("0 of 100"), shown);
        assertEquals(0, msqd("rm", "-q", "life").status());
        CommandLineProcess.Result gone = msqd("rm", id, "life");
        assertEquals(ExitStatus.REFUSED, gone.status());
        assertEquals("msqd: invalid id (" + id + ")\nmsqd: invalid name (life)\n", gone.err());
        // R15
        assertEquals("msqd: EINVAL: there is no queue " + id + "\n", msqd("stat", id).err());
        assertEquals("msqd: EINVAL: there is no queue " + id + "\n", msqd("ls", "-i", id).err());
    }

    @Test
    void rmGoesOnAfterWhatIsNotThere() throws Exception {
        String id = msqd("make", "-k", "0x7002").out().replaceAll("\\D", "");
        CommandLineProcess.Result removed = msqd("rm", "-v", "-q", "30999", "-Q", "0x77", "-Q", "0", "-Q", "0x7002");
        // R81
        assertEquals("msqd: invalid id (30999)\nmsqd: invalid key (0x77)\nmsqd: illegal key (0)\n", removed.err());
        assertEquals("removed queue " + id + "\n", removed.out());
        assertEquals(ExitStatus.REFUSED, removed.status());
        assertEquals(ExitStatus.REFUSED, msqd("stat", id).status());
    }

    @Test
    void keyZeroMakesAQueueWhereMakingIsAskedForAlone() throws Exception {
        // R1
        String id = msqd("make", "-k", "0").out().replaceAll("\\D", "");
        String before = msqd("ls").out();
        assertEquals(ExitStatus.REFUSED, msqd("send", "-q", "0x0", "-m", "x").status());
        assertEquals(ExitStatus.REFUSED, msqd("stat", "0x0").status());
        assertEquals(before, msqd("ls").out());
        assertEquals(0, msqd("rm", id).status());
    }

    @Test
    void lsShowsWhatTheKernelWouldShow() throws Exception {
        String id = msqd("make", "-k", "0x9abcdef0", "-p", "600").out().replaceAll("\\D", "");
        assertEquals(0, msqd("send", "-q", id, "-m", "12345").status());
        String[] lines = msqd("ls", "--proc").out().split("\n");
        // R79
        assertEquals("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
            + "      stime      rtime      ctime", lines[0]);
        String line = Stream.of(lines).filter(each -> each.startsWith("-1698898192 ")).findFirst().orElseThrow();
        assertTrue(line.startsWith("%10d %10s   600           5          1 ".formatted(-1698898192, id)), line);
        assertEquals(0, msqd("rm", id).status());
    }

    @Test
    void withoutADaemonTheStatusIsFour() throws Exception {
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], "ls", "--dir", folder);
        assertEquals(ExitStatus.NO_DAEMON, result.status());
        assertTrue(result.err().contains(folder.toString()), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
    }

    @Test
    void misuseIsToldInTwoLines() throws Exception {
        misused("'many' is not a whole number from -9223372036854775808 to 9223372036854775807",
            "send", "-q", "x", "--type", "many");
        misused("'soon' is not a number (such as 10 or 0.5)", "recv", "-q", "x", "--timeout", "soon");
        misused("'99999999999G' is not a number from 0 to 9223372036854775807 (such as 16384, 16K or 64M)",
            "make", "x", "--qbytes", "99999999999G");
        misused("'0x' is not a key (32 bits, such as 0x1f)", "rm", "0x");
        misused("'2147483648' is not a queue id (0 to 2147483647)", "stat", "x", "2147483648");
        misused("--count is 0 or more, not -1", "top", "--count", "-1");
        misused("--pid is 1 or more, not -1", "trace", "--pid", "-1");
        misused("a data directory has a name, not an empty one", "--dir", "", "ls");
    }

    private static void misused(String why, Object... arguments) throws Exception {
        CommandLineProcess.Result result = CommandLineProcess.run(new byte[0], arguments);
        assertEquals(ExitStatus.USAGE, result.status(), result.err());
        assertEquals(2, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(why + "\n"), result.err());
    }

    @Test
    void controlCEndsAWaitingReceiver() throws Exception {
        assertEquals(0, msqd("make", "idle").status());
        try (CommandLineProcess receiver = served.starting("recv", "-q", "idle", "--follow")) {
            assertEquals(0, msqd("send", "-q", "idle", "-m", "it waits").status());
            BufferedReader out = new BufferedReader(new InputStreamReader(receiver.out(), StandardCharsets.UTF_8));
            assertEquals("it waits", out.readLine());
            receiver.signal("INT");
            assertEquals(ExitStatus.INTERRUPTED, receiver.waitFor());
            assertEquals("", receiver.err());
        }
    }

    @Test
    void aKilledReceiverLosesNothing() throws Exception {
        List<String> messages = IntStream.range(0, 50_000).mapToObj("message %06d"::formatted).toList();
        byte[] input = (String.join("\n", messages) + "\n").getBytes(StandardCharsets.UTF_8);
        assertEquals(0, msqd(input, "send", "-q", "killed").status());
        try (CommandLineProcess receiver = served.starting("recv", "-q", "killed", "--nowait")) {
            // The pipe fills up, and the receiver hangs in a write with a message in its hands.
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            written.write(receiver.out().read());
            Thread.sleep(300);
            receiver.signal("KILL");
            receiver.waitFor();
            receiver.out().transferTo(written);
            String text = written.toString(StandardCharsets.UTF_8);
            List<String> whole = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
            assertEquals(messages.subList(0, whole.size()), whole);
            List<String> left = msqd("recv", "-q", "killed", "--nowait").out().lines().toList();
            // Killed between the write and the return, it leaves one message in both places.
            int first = messages.indexOf(left.getFirst());
            assertTrue(first == whole.size() || first == whole.size() - 1, first + " after " + whole.size());
            assertEquals(messages.subList(first, messages.size()), left);
        }
    }

    @Test
    void aClosedPipeEndsRecvQuietlyAndItsMessageGoesBack() throws Exception {
        List<String> messages = IntStream.range(0, 50_000).mapToObj("message %06d"::formatted).toList();
        byte[] input = (String.join("\n", messages) + "\n").getBytes(StandardCharsets.UTF_8);
        assertEquals(0, msqd(input, "send", "-q", "pipe").status());
        try (CommandLineProcess receiver = served.starting("recv", "-q", "pipe", "--nowait")) {
            receiver.out().read();
            receiver.out().close();
            assertEquals(ExitStatus.PIPE_CLOSED, receiver.waitFor());
            assertEquals("", receiver.err());
        }
        List<String> left = msqd("recv", "-q", "pipe", "--nowait").out().lines().toList();
        assertEquals(messages.subList(messages.size() - left.size(), messages.size()), left);
        assertFalse(left.isEmpty());
    }

    @Test
    void serveStopsWellOnSigterm() throws Exception {
        try (ServedDirectory stopping = ServedDirectory.start(folder, "stopped")) {
            stopping.daemon().signal("TERM");
            assertEquals(ExitStatus.OK, stopping.daemon().waitFor());
        }
    }

    @Test
    void aBadSettingIsNamed() throws Exception {
        CommandLineProcess.Result result =
            CommandLineProcess.run(new byte[0], "serve", "--dir", folder, "-Dmsqd.msgmax=huge");
        assertEquals(ExitStatus.USAGE, result.status());
        assertTrue(result.err().contains("msgmax"), result.err());
    }

    @Test
    void demoAccountsForEveryMessageAndCleansUp() throws Exception {
        CommandLineProcess.Result result =
            CommandLineProcess.run(new byte[0], "demo", "--seconds", "2", "--rate", "5000");
        assertEquals(ExitStatus.OK, result.status(), result.out() + result.err());
        String directory = result.out().replaceAll("(?s).*serves (\\S+).*", "$1");
        assertFalse(Files.exists(Path.of(directory)), directory);
    }

    private static CommandLineProcess.Result msqd(Object... arguments) throws Exception {
        return served.msqd(arguments);
    }

    private static CommandLineProcess.Result msqd(byte[] stdin, Object... arguments) throws Exception {
        return served.msqd(stdin, arguments);
    }
}
