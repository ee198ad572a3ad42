package dev.msqd.daemon.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.Retention;
import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.cli.Main;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
@Timeout(300)
class ClockJumpTest {
    private static final int WAIT_SECONDS = 8;
    private static final long YEARS_MS = TimeUnit.DAYS.toMillis(10 * 365);
    /** A wait that follows the real-time clock would be late by years. */
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(60);
    /** Until a clock that was set is seen: the library looks once a second, and so does what stamps messages. */
    private static final long SEEN_MS = 3000;
    private static final byte[] MESSAGE = new byte[8];
    private static final int MAKE = Msqd.IPC_CREAT | 0600;
    private static final int HISTORY_LENGTH = 60_000;
    private static final int HISTORY_MESSAGES = 60;
    /** So many files at least are filled by that. */
    private static final int FILES = 3;

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
        while (true) {
            try {
                return Msqd.connect(data());
            } catch (ErrnoException e) {
                assertEquals(Errno.ECONNREFUSED, e.errno(), e.getMessage());
                assertTrue(processes.getFirst().isAlive());
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
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
        start(Main.class, "serve", "--dir", data(), "-Dmsqd.hot.dir=" + hot.resolve("hot"),
            "-Dmsqd.log.file.length=1M");
        try (Msqd msqd = connect();
            MessageQueue full = msqd.open(msqd.get("full", MAKE, MESSAGE.length));
            MessageQueue steady =
                msqd.open(msqd.get("steady", MAKE, QueueOptions.none().withDurability(Durability.SYNC)));
            MessageQueue history = msqd.open(msqd.get("history", MAKE,
                QueueOptions.none().withDurability(Durability.SYNC).withRetention(new Retention(3600, 0))))) {
            msqd.get("empty", MAKE);
            Set<Path> files = pass(history);
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
            TimeUnit.MILLISECONDS.sleep(SEEN_MS);
            assertEquals(expectedMs, timeMs(client), TimeUnit.DAYS.toMillis(20));
            files = passKeeping(history, files);
            // who sends waits for the log, and who waits for ever is woken, after the jump as before it
            for (byte number = 1; number <= 5; number++) {
                steady.send(1, new byte[] {number}, 0, 1);
                line("got " + number);
            }
            assertEquals(expectedMs, 1000.0 * stat(msqd, "steady").rtimeSeconds(), TimeUnit.DAYS.toMillis(20)); // R74
            // what the daemon does by its clock, it goes on doing
            int made = msqd.get("made", MAKE);
            assertEquals(expectedMs, 1000.0 * msqd.stat(made).ctimeSeconds(), TimeUnit.DAYS.toMillis(20)); // R74

            assertWaited(line("received -1 after "));
            assertWaited(line("sent false after "));
            assertEquals(1, stat(msqd, "full").qnum());
            clock.set("+0");
            TimeUnit.MILLISECONDS.sleep(SEEN_MS);
            passKeeping(history, files);
            steady.send(1, new byte[] {6}, 0, 1);
            line("got 6");
            assertEquals(1, full.tryReceive(Selector.any(), new byte[8], 0, 8) / MESSAGE.length);
            client.outputWriter().close();
            assertEquals(0, client.onExit().join().exitValue());
        }
    }

    /** Sends and receives as much as fills a few files; which there are then. */
    private Set<Path> pass(MessageQueue history) throws IOException {
        byte[] message = new byte[HISTORY_LENGTH];
        for (int i = 0; i < HISTORY_MESSAGES; i++) {
            history.send(1, message, 0, message.length);
            assertEquals(message.length, history.receive(Selector.any(), message, 0, message.length));
        }
        try (Stream<Path> files = Files.list(data().resolve("log").resolve(Integer.toString(history.msqid())))) {
            return files.collect(Collectors.toSet());
        }
    }

    /** What is to be kept for an hour was not kept for a minute. */
    private Set<Path> passKeeping(MessageQueue history, Set<Path> kept) throws IOException {
        Set<Path> files = pass(history);
        assertTrue(files.containsAll(kept), "of " + kept + " are left " + files);
        assertTrue(files.size() >= kept.size() + FILES, "after " + kept + " come " + files);
        return files;
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
