package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.cli.Main;
import dev.msqd.queue.Selector;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real-time clock of daemon and client is set, by years, while they wait: no wait ends early or late, nothing is lost. */
@Tag("power-cut")
@Timeout(120)
class ClockJumpTest {
    private static final int WAIT_SECONDS = 4;
    private static final long YEARS_MS = TimeUnit.DAYS.toMillis(10 * 365);
    /** A wait that follows the real-time clock would be late by years. */
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(60);
    /** The clock that stamps messages is looked at once a second. */
    private static final long COARSE_MS = 1500;
    private static final byte[] MESSAGE = new byte[8];

    @TempDir
    private Path folder;
    private Path hot;
    private FakeClock clock;
    private final List<Process> processes = new ArrayList<>();
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws Exception {
        hot = Files.createTempDirectory(Path.of("/dev/shm"), "msqd-clock-");
        clock = new FakeClock(folder.resolve("clock"));
    }

    @AfterEach
    void stop() throws IOException {
        for (Process process : processes) {
            process.destroyForcibly().onExit().join();
            FakeClock.forget(process.pid());
        }
        IoUtil.delete(hot.toFile(), true);
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Process start(Class<?> main, Object... arguments) throws IOException {
        Process process = clock.giveTo(new ProcessBuilder(TestJvm.command(main, arguments)))
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        processes.add(process);
        return process;
    }

    private Msqd connect() throws InterruptedException {
        while (Files.notExists(data().resolve("socket"))) {
            assertTrue(processes.getFirst().isAlive());
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return Msqd.connect(data());
    }

    private String line(String beginning) throws InterruptedException {
        List<String> others = new ArrayList<>();
        while (true) {
            String line = lines.poll(100, TimeUnit.SECONDS);
            assertTrue(line != null, "no line that begins with " + beginning);
            if (line.startsWith(beginning)) {
                lines.addAll(others);
                return line;
            }
            others.add(line);
        }
    }

    private long timeMs(Process client) throws Exception {
        client.outputWriter().write('\n');
        client.outputWriter().flush();
        return Long.parseLong(line("time ").substring("time ".length()));
    }

    private static void read(Process process, BlockingQueue<String> lines) {
        try (BufferedReader output = process.inputReader()) {
            output.lines().forEach(lines::add);
        } catch (IOException e) {
            lines.add(e.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"+10y", "-10y"})
    void waitsAreAsLongAsTheyWere(String jump) throws Exception {
        start(Main.class, "serve", "--dir", data(), "-Dmsqd.hot.dir=" + hot.resolve("hot"));
        try (Msqd msqd = connect();
            MessageQueue full = msqd.open(msqd.get("full", Msqd.IPC_CREAT | 0600, MESSAGE.length));
            MessageQueue steady = msqd.open(msqd.get("steady", Msqd.IPC_CREAT | 0600))) {
            msqd.get("empty", Msqd.IPC_CREAT | 0600);
            assertTrue(full.trySend(1, MESSAGE, 0, MESSAGE.length));
            Process client = start(WaitingClient.class, data(), WAIT_SECONDS);
            Thread.ofPlatform().daemon().start(() -> read(client, lines));
            line("waiting for a message");
            line("waiting for room");
            line("waiting for ever");
            TimeUnit.MILLISECONDS.sleep(WAIT_SECONDS * 250);
            assertEquals(System.currentTimeMillis(), timeMs(client), 60_000.0);

            clock.set(jump);
            double expectedMs = System.currentTimeMillis() + (jump.startsWith("+") ? YEARS_MS : -YEARS_MS);
            assertEquals(expectedMs, timeMs(client), TimeUnit.DAYS.toMillis(20));
            TimeUnit.MILLISECONDS.sleep(COARSE_MS);
            // who waits for ever is woken after the jump as before it
            for (byte number = 1; number <= 5; number++) {
                steady.send(1, new byte[] {number}, 0, 1);
                line("got " + number);
            }
            assertEquals(expectedMs, 1000.0 * stat(msqd, "steady").rtimeSeconds(), TimeUnit.DAYS.toMillis(20)); // R74
            // what the daemon does by its clock, it goes on doing
            int made = msqd.get("made", Msqd.IPC_CREAT | 0600);
            assertEquals(expectedMs, 1000.0 * msqd.stat(made).ctimeSeconds(), TimeUnit.DAYS.toMillis(20)); // R74

            assertWaited(line("received -1 after "));
            assertWaited(line("sent false after "));
            assertEquals(1, stat(msqd, "full").qnum());
            clock.set("+0");
            steady.send(1, new byte[] {6}, 0, 1);
            line("got 6");
            assertEquals(1, full.tryReceive(Selector.any(), new byte[8], 0, 8) / MESSAGE.length);
            client.outputWriter().close();
            assertEquals(0, client.onExit().join().exitValue());
        }
    }

    private static MsqidDs stat(Msqd msqd, String name) {
        return msqd.stat(msqd.resolve(name));
    }

    private static void assertWaited(String line) {
        long waitedNs = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
        long expectedNs = TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        assertTrue(waitedNs >= expectedNs && waitedNs < expectedNs + LATE_NS, line);
    }
}
