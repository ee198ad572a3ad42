package dev.msqd.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.control.ControlClient;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** Daemons and clients as processes that are killed. */
@Timeout(120)
class DaemonProcessTest {
    private static final int IPC_CREAT = Msqd.IPC_CREAT;

    @TempDir
    private Path folder;
    private final List<TestProcess> processes = new ArrayList<>();

    @BeforeEach
    void letOthersIn() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterEach
    void end() {
        processes.forEach(TestProcess::close);
    }

    private Path data() {
        return folder.resolve("data");
    }

    private TestProcess spawn(Class<?> main, String... arguments) throws IOException {
        return added(TestProcess.start(main, arguments));
    }

    private TestProcess added(TestProcess process) {
        processes.add(process);
        return process;
    }

    /** A client under setpriv that says what it may do with a queue. */
    private TestProcess judge(int msqid, String... setpriv) throws Exception {
        List<String> wrapper = new ArrayList<>(List.of("setpriv"));
        wrapper.addAll(List.of(setpriv));
        String classPath = TestJvm.copiedClassPath(Files.createTempDirectory(folder, "lib",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"))),
            ClientMain.class, Msqd.class, UnsafeBuffer.class);
        return added(TestProcess.start(wrapper, classPath, ClientMain.class, data().toString(), "judge",
            Integer.toString(msqid)));
    }

    private TestProcess daemon() throws IOException {
        TestProcess daemon = spawn(DaemonMain.class, data().toString(), folder.resolve("hot").toString());
        assertEquals("ready", daemon.line());
        return daemon;
    }

    /** An open queue takes two descriptors: its memory's and its log's. */
    @Test
    void moreQueuesThanThereAreDescriptorsFor() throws Exception {
        Assumptions.assumeTrue(TestJvm.hasProgram("prlimit"), "needs prlimit(1)");
        String classPath = TestJvm.copiedClassPath(Files.createDirectory(folder.resolve("lib")), DaemonMain.class,
            Daemon.class, Msqd.class, UnsafeBuffer.class, Logger.class);
        TestProcess limited = added(TestProcess.start(List.of("prlimit", "--nofile=240:240"), classPath,
            DaemonMain.class, data().toString(), folder.resolve("hot").toString(), "log.interval=1"));
        assertEquals("ready", limited.line());
        int queues = 120;
        for (int begin = 0; begin < queues; begin += 40) {
            try (Msqd msqd = Msqd.connect(data())) { // as long as it is connected, it is attached to what it opened
                for (int i = begin; i < begin + 40; i++) {
                    try (MessageQueue queue = msqd.open(msqd.get("q" + i, IPC_CREAT | 0600))) {
                        send(queue, 1 + i, "x");
                    }
                }
            }
        }
        limited.endInput();
        assertEquals(0, limited.await());
        IoUtil.delete(folder.resolve("hot").toFile(), false);
        daemon();
        try (Msqd msqd = Msqd.connect(data())) {
            for (int i = 0; i < queues; i++) {
                try (MessageQueue queue = msqd.open(msqd.get("q" + i, 0))) {
                    assertEquals(1, queue.tryReceive(Selector.type(1 + i), new byte[1], 0, 1));
                }
            }
        }
    }

    private TestProcess taker() throws IOException {
        TestProcess taker = spawn(ClientMain.class, data().toString(), "take", "q");
        assertEquals("taken 7", taker.line());
        return taker;
    }

    private static void send(MessageQueue queue, long mtype, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        queue.send(mtype, bytes, 0, bytes.length);
    }

    /** Waits long enough for a death to be noticed; null if nothing comes. */
    private static String receive(MessageQueue queue) {
        byte[] buffer = new byte[100];
        int length = queue.receive(Selector.any(), buffer, 0, buffer.length, 30, TimeUnit.SECONDS);
        return length < 0 ? null : new String(buffer, 0, length, UTF_8);
    }

    private static String tryReceive(MessageQueue queue) {
        byte[] buffer = new byte[100];
        int length = queue.tryReceive(Selector.any(), buffer, 0, buffer.length);
        return length < 0 ? null : new String(buffer, 0, length, UTF_8);
    }

    @Test
    void refusesASecondDaemonAndNamesTheFirst() throws Exception {
        TestProcess first = daemon();
        TestProcess second = spawn(DaemonMain.class, data().toString(), folder.resolve("hot").toString());
        String refusal = second.line();
        assertTrue(refusal.matches("EBUSY: the data directory " + data().toRealPath() + " is already served by process "
            + first.pid() + " since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"), refusal);
        assertEquals(1, second.await());
        Msqd.connect(data()).close();

        first.endInput();
        assertEquals(0, first.await());
        daemon();
    }

    /** kill -9 of the daemon: its lock and socket are taken over, queues and messages are there, clients go on. */
    @Test
    void comesBackAfterAKill() throws Exception {
        TestProcess first = daemon();
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqd.get("q", IPC_CREAT | 0600))) {
            send(queue, 1, "before");
            first.kill();
            send(queue, 1, "meanwhile");
            assertEquals("before", tryReceive(queue));
            TestProcess second = daemon();
            assertNotEquals(first.pid(), second.pid());
            assertEquals(1, msqd.stat(queue.msqid()).qnum());
            assertEquals(queue.msqid(), msqd.get("q", 0));
            send(queue, 1, "after");
            assertEquals("meanwhile", tryReceive(queue));
            assertEquals("after", tryReceive(queue));
        }
    }

    /** Killed again and again while it makes queues: what was acknowledged is there, under its id, once. */
    @Test
    void keepsAcknowledgedQueuesThroughKills() throws Exception {
        TestProcess daemon = daemon();
        List<Integer> acknowledged = new ArrayList<>();
        try (Msqd msqd = Msqd.connect(data())) {
            for (int round = 0; round < 3; round++) {
                TestProcess victim = daemon;
                Thread killer = Thread.ofPlatform().start(() -> {
                    try {
                        Thread.sleep(300);
                        victim.kill();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                for (int made = 0; make(round + "-" + made, acknowledged); made++) {
                    assertTrue(made < 30_000, "the daemon was not killed");
                }
                killer.join();
                daemon = daemon();
            }
            List<Integer> found = msqd.list().stream().map(MsqidDs::msqid).toList();
            assertTrue(found.containsAll(acknowledged), acknowledged + " are not all in " + found);
            assertTrue(found.size() <= acknowledged.size() + 3, "at most one more for each kill");
            assertTrue(msqd.list().stream().noneMatch(MsqidDs::damaged));
        }
    }

    /** Makes a queue; false when the daemon is gone. */
    private boolean make(String name, List<Integer> acknowledged) {
        try (var control = ControlClient.connect(data(), 0)) {
            acknowledged.add(control.get(0, name, IPC_CREAT | 0600, QueueOptions.none()));
            return true;
        } catch (ErrnoException e) {
            assertEquals(Errno.ECONNREFUSED, e.errno(), e.getMessage());
            return false;
        }
    }

    /** A client dies with a message in its hands: the pidfd tells, the message goes back, a sleeper gets it. */
    @Test
    void noticesTheDeathOfAClient() throws Exception {
        daemon();
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqd.get("q", IPC_CREAT | 0600))) {
            send(queue, 7, "precious");
            TestProcess taker = taker();
            assertEquals(null, tryReceive(queue), "taken by the other");
            taker.kill();
            assertEquals("precious", receive(queue));
            assertEquals(0, msqd.stat(queue.msqid()).qnum());
        }
    }

    /** A client that lives on keeps its message, however long its socket is closed for. */
    @Test
    void takesNothingFromTheLiving() throws Exception {
        TestProcess first = daemon();
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqd.get("q", IPC_CREAT | 0600))) {
            send(queue, 7, "held");
            TestProcess taker = taker();
            first.kill();
            daemon();
            assertEquals(0, msqd.list().get(0).lrpid());
            assertEquals(null, tryReceive(queue), "the new daemon left it where it is");
            taker.go();
            assertEquals("left", taker.line());
            assertEquals(0, taker.await());
            assertEquals(null, tryReceive(queue), "received once, by the other");
            assertEquals(0, msqd.stat(queue.msqid()).qnum());
        }
    }

    /** A client dies after the daemon that let it in, and never spoke to the new one: still noticed. */
    @Test
    void noticesTheDeathOfAnInheritedClient() throws Exception {
        TestProcess first = daemon();
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqd.get("q", IPC_CREAT | 0600))) {
            send(queue, 7, "precious");
            TestProcess taker = taker();
            first.kill();
            daemon();
            taker.kill();
            assertEquals("precious", receive(queue));
        }
    }

    /** A client dies while no daemon runs: the next one settles what it left before it serves. */
    @Test
    void settlesADeathInItsAbsence() throws Exception {
        TestProcess first = daemon();
        try (Msqd msqd = Msqd.connect(data()); MessageQueue queue = msqd.open(msqd.get("q", IPC_CREAT | 0600))) {
            send(queue, 7, "precious");
            TestProcess taker = taker();
            first.kill();
            taker.kill();
            assertEquals(null, tryReceive(queue), "nobody could tell yet");
            daemon();
            assertEquals("precious", tryReceive(queue));
        }
    }

    /** R4, R6, R7, R60, R62, R65, R73, by the credentials that the kernel vouches for. */
    @Test
    void judgesOtherUsers() throws Exception {
        Assumptions.assumeTrue(System.getProperty("user.name").equals("root") && TestJvm.hasProgram("setpriv"),
            "only root can become others");
        daemon();
        try (Msqd msqd = Msqd.connect(data())) {
            int msqid = msqd.get(0x77, IPC_CREAT | 0600);
            TestProcess nobody = judge(msqid, "--reuid=65534", "--regid=65533", "--groups=65532,65531");
            assertEquals(List.of(
                "uid 65534 gid 65533 groups [65531, 65532] capabilities 0",
                "attach: EACCES", "stat: EACCES", "stat any: ok", "get: EACCES", "get without mode: ok", "set: EPERM",
                "raise: EPERM", "remove: EPERM"), lines(nobody));
        }
    }

    /** R8, R62, R65: root without its capabilities is no more than its uid says. */
    @Test
    void readsCapabilities() throws Exception {
        Assumptions.assumeTrue(System.getProperty("user.name").equals("root") && TestJvm.hasProgram("setpriv"),
            "only root can give capabilities away");
        daemon();
        try (Msqd msqd = Msqd.connect(data())) {
            int msqid = msqd.get(0x77, IPC_CREAT | 0);
            TestProcess weak = judge(msqid, "--bounding-set=-all");
            assertEquals(
                List.of("attach: EACCES", "stat: EACCES", "stat any: ok", "get: EACCES", "get without mode: ok",
                    "set: ok", "raise: EPERM", "remove: ok"),
                lines(weak).subList(1, 9));

            int another = msqd.get(0x77, IPC_CREAT | 0);
            long capabilities = Processes.effectiveCapabilities(Processes.self());
            boolean mayRaise = (capabilities >> Processes.CAP_SYS_RESOURCE & 1) != 0; // a container's root may not
            assertEquals(List.of("attach: ok", "stat: ok", "stat any: ok", "get: ok", "get without mode: ok", "set: ok",
                mayRaise ? "raise: ok" : "raise: EPERM", "remove: ok"), lines(judge(another)).subList(1, 9));
        }
    }

    private static List<String> lines(TestProcess process) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line = process.line(); line != null; line = process.line()) {
            lines.add(line);
        }
        assertEquals(0, process.await());
        return lines;
    }
}
