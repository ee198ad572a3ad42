package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.nio.charset.StandardCharsets;
import java.io.InputStreamReader;
import java.io.BufferedReader;
import dev.msqd.daemon.TestJvm;
import dev.msqd.calls.Processes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What why says of processes that wait: each is one of its own. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WhyCommandTest {
    private static final long POLL_MS = 20;

    @TempDir
    private Path folder;
    private ServedDirectory served;
    private final List<CommandLineProcess> waiting = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        served = ServedDirectory.start(folder, "data");
    }

    @AfterEach
    void stop() {
        waiting.forEach(CommandLineProcess::close);
        served.close();
    }

    private String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals(ExitStatus.OK, result.status(), result.err() + result.out());
        return result.out();
    }

    private CommandLineProcess starts(Object... arguments) {
        CommandLineProcess process = served.starting(arguments);
        waiting.add(process);
        return process;
    }

    /** What why says, once it says so many lines that are as they should be. */
    private List<String> why(int count, Predicate<String> good) throws Exception {
        awaitWaiters(count);
        List<String> lines = done("why", "--json").lines().toList();
        while (lines.size() != count || !lines.stream().allMatch(good)) {
            Thread.sleep(POLL_MS);
            lines = done("why", "--json").lines().toList();
        }
        return lines;
    }

    private void awaitWaiters(int count) throws Exception {
        try (Msqd msqd = Msqd.connect(served.path())) {
            while (msqd.waiters(0).waiters().size() != count) {
                Thread.sleep(POLL_MS);
            }
        }
    }

    private static String field(String line, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":(\"([^\"]*)\"|[^,}]*)").matcher(line);
        assertTrue(matcher.find(), () -> name + " is not in " + line);
        return matcher.group(2) == null ? matcher.group(1) : matcher.group(2);
    }

    private static void has(String line, String fields) {
        for (String field : fields.split(" ")) {
            String[] parts = field.split("=", 2);
            assertEquals(parts[1], field(line, parts[0]), () -> parts[0] + " in " + line);
        }
    }

    @Test
    void nobody() throws Exception {
        done("make", "q");
        assertEquals("nobody waits\n", done("why"));
        assertEquals("nobody waits on queue 'q'\n", done("why", "q"));
        assertEquals("", done("why", "--json"));
        CommandLineProcess.Result unknown = served.msqd("why", "12");
        assertEquals(ExitStatus.REFUSED, unknown.status());
        assertEquals("msqd: EINVAL: there is no queue 12\n", unknown.err());
    }

    /** R38, R39, R40: whoever waits for a message, in the order in which they came (R48). */
    @Test
    void receivers() throws Exception {
        done("make", "q");
        String[][] selectors = {{"-t", "7"}, {"-x", "-t", "7"}, {"-t", "-5"}, {"-t", "0"}};
        String[] expected = {"msgtyp=7 except=false", "msgtyp=7 except=true", "msgtyp=-5 except=false",
            "msgtyp=0 except=false"};
        for (int i = 0; i < selectors.length; i++) {
            List<Object> arguments = new ArrayList<>(List.of("recv", "-q", "q"));
            arguments.addAll(List.of(selectors[i]));
            starts(arguments.toArray());
            awaitWaiters(i + 1);
        }
        long startNs = System.nanoTime();
        // Each has looked again by then, and kept its place.
        Thread.sleep(1_100);
        List<String> lines = why(selectors.length, line -> !field(line, "place").equals("0"));
        for (int i = 0; i < lines.size(); i++) {
            has(lines.get(i), "queue=q id=0 process=java stopped=false call=msgrcv reason=message usedbytes=0 "
                + expected[i] + " place=" + (i + 1));
            assertEquals("the queue is empty", field(lines.get(i), "heldby"));
            assertEquals(Long.toString(waiting.get(i).process().pid()), field(lines.get(i), "pid"));
            long asleepMs = Long.parseLong(field(lines.get(i), "asleepms"));
            assertTrue(
                asleepMs >= TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) - 2_000 && asleepMs >= 1_000,
                lines.get(i));
        }
        List<String> table = done("why", "q").lines().toList();
        assertTrue(table.getFirst().matches("QUEUE +PID +PROCESS +USER +CALL +WAITS FOR +SINCE +PLACE +HELD BY"));
        assertTrue(table.get(2).matches("q +" + waiting.get(1).process().pid()
            + " +java +\\S+ +msgrcv any type but 7 +\\d+\\.\\ds +2 +the queue is empty"), table.get(2));
    }

    /** Who waits is the program, not msqd run. */
    @Test
    void programsUnderRun() throws Exception {
        assumeTrue(TestJvm.hasProgram("perl"), "there is no perl");
        CommandLineProcess run = starts("run", "--connect", "--", "perl", "-e",
            "$q = msgget(0x2a, 01600); $| = 1; print \"$$\\n\"; msgrcv($q, $m, 99, 9, 0)");
        String pid = new BufferedReader(new InputStreamReader(run.out(), StandardCharsets.US_ASCII)).readLine();
        has(why(1, line -> !field(line, "place").equals("0")).getFirst(),
            "id=0 pid=" + pid + " process=perl uid=" + Integer.toUnsignedString(Processes.effectiveUid())
                + " stopped=false call=msgrcv reason=message msgtyp=9 room=99");
    }

    /** R24, R21: with the figures of the limit. */
    @Test
    void sendersThatWaitForRoom() throws Exception {
        done("make", "q", "--qbytes", "10");
        done("send", "-q", "q", "-m", "12345678");
        starts("send", "--quiet", "-q", "q", "-m", "abc");
        awaitWaiters(1);
        starts("send", "--quiet", "-q", "q", "-m", "12345678901");
        List<String> lines = why(2, line -> !field(line, "place").equals("0"));
        has(lines.get(0), "call=msgsnd reason=room bytes=3 place=1 usedbytes=8 msgs=1 qbytes=10");
        assertEquals("msg_qbytes: 8 bytes of 10, 1 message", field(lines.get(0), "heldby"));
        has(lines.get(1), "call=msgsnd reason=room bytes=11 place=2");
        assertEquals("msg_qbytes: 10, less than the message", field(lines.get(1), "heldby"));
    }

    /** R78 */
    @Test
    void sendersThatWaitForMsgtql() throws Exception {
        done("make", "q");
        done("limits", "--msgtql", "2");
        done("send", "-q", "q", "-m", "abc", "-n", "2");
        starts("send", "-q", "q", "-m", "abc");
        String line = why(1, each -> field(each, "reason").equals("msgtql")).getFirst();
        has(line, "call=msgsnd bytes=3 place=0 allmsgs=2 msgtql=2");
        assertEquals("msgtql: 2 of 2 on all queues", field(line, "heldby"));
    }

    /** R56: a stopped process leaves the line. */
    @Test
    void stoppedOnes() throws Exception {
        done("make", "q");
        CommandLineProcess receiver = starts("recv", "-q", "q", "-t", "3");
        why(1, line -> !field(line, "place").equals("0"));
        receiver.signal("STOP");
        String line = why(1, each -> field(each, "place").equals("0")).getFirst();
        has(line, "stopped=true call=msgrcv msgtyp=3");
        assertTrue(done("why").lines().toList().get(1).endsWith(" -     the queue is empty; the process is stopped"));
        receiver.signal("CONT");
        why(1, each -> field(each, "stopped").equals("false") && field(each, "place").equals("1"));
        done("send", "-q", "q", "-t", "3", "-m", "x");
        assertEquals(ExitStatus.OK, receiver.waitFor());
        assertEquals("nobody waits\n", done("why"));
    }

    /** Who waits for the disk waits for the daemon; while that is stopped, or gone, memory tells. */
    @Test
    void withoutADaemon() throws Exception {
        done("make", "q", "--durability", "sync");
        Object[] why = {"why", "--json", "--hot-dir", folder.resolve("data-hot")};
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(0)) {
            served.daemon().signal("STOP");
            FutureTask<Void> sending = new FutureTask<>(() -> queue.send(1, new byte[1], 0, 1), null);
            Thread.ofPlatform().start(sending);
            CommandLineProcess.Result stopped = served.msqd(why);
            while (stopped.out().isEmpty()) {
                Thread.sleep(POLL_MS);
                stopped = served.msqd(why);
            }
            assertEquals(ExitStatus.NO_DAEMON, stopped.status());
            assertTrue(stopped.err().startsWith("msqd: the daemon, process " + served.daemon().process().pid()
                + ", is stopped and answers nobody"), stopped.err());
            has(stopped.out(), "id=0 call=msgsnd reason=send-on-disk place=0 pid=" + ProcessHandle.current().pid());
            assertEquals("no daemon writes the log", field(stopped.out(), "heldby"));
            served.daemon().signal("CONT");
            sending.get();
        }
        CommandLineProcess receiver = starts("recv", "-q", "q", "-t", "9");
        awaitWaiters(1);
        served.daemon().signal("KILL");
        served.daemon().waitFor();
        CommandLineProcess.Result gone = served.msqd(why);
        assertEquals(ExitStatus.NO_DAEMON, gone.status(), gone.err());
        assertTrue(gone.err().startsWith("msqd: ECONNREFUSED: no daemon serves "), gone.err());
        has(gone.out(),
            "id=0 process=java reason=message qbytes=67108864 usedbytes=-1 pid=" + receiver.process().pid());
        CommandLineProcess.Result nobody = served.msqd("why", "--hot-dir", folder.resolve("data-hot"), "none");
        assertEquals(ExitStatus.REFUSED, nobody.status());
    }
}
