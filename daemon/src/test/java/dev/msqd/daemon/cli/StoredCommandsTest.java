package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** fsck and log, beside a daemon and without one. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoredCommandsTest {
    private static final int PAGE = 4096;

    @TempDir
    private Path folder;
    private ServedDirectory served;

    @BeforeEach
    void start() throws Exception {
        served = ServedDirectory.start(folder, "data");
        byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
        QueueOptions options =
            QueueOptions.none().withDurability(Durability.SYNC).withRetention(new Retention(3600, 0));
        try (Msqd msqd = Msqd.connect(served.path());
            MessageQueue orders = msqd.open(msqd.get("orders", Msqd.IPC_CREAT | 0600, options))) {
            for (int i = 0; i < 3; i++) {
                orders.send(5, hello, 0, hello.length);
            }
            assertEquals(hello.length, orders.tryReceive(Selector.any(), hello, 0, hello.length));
        }
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

    private CommandLineProcess.Result fsck(Object... arguments) throws Exception {
        List<Object> all = new ArrayList<>(List.of("fsck", "--hot-dir", hot()));
        all.addAll(List.of(arguments));
        return served.msqd(all.toArray());
    }

    private Path hot() {
        return folder.resolve("data-hot");
    }

    private Path log(int msqid) {
        return served.path().resolve("log").resolve(Integer.toString(msqid)).resolve("0000000001.log");
    }

    private void stopDaemon() throws Exception {
        served.daemon().signal("TERM");
        assertEquals(ExitStatus.OK, served.daemon().waitFor());
    }

    /** As a reboot does. */
    private void loseHotDirectory() throws IOException {
        try (Stream<Path> paths = Files.walk(hot())) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(offset);
            int old = bytes.read();
            bytes.seek(offset);
            bytes.write(~old);
        }
    }

    private static void has(String text, String line) {
        assertTrue(text.lines().anyMatch(line::equals), line + " is not in\n" + text);
    }

    @Test
    void fsckBesideADaemon() throws Exception {
        done("make", "unlogged", "--durability", "process");
        CommandLineProcess.Result result = fsck();
        assertEquals(ExitStatus.OK, result.status(), result.err() + result.out());
        Path directory = served.path().toRealPath();
        has(result.out(), "directory  " + directory + " (a daemon serves it)");
        has(result.out(), "registry   2 queues");
        has(result.out(), "hot        " + hot() + ": this data directory's");
        has(result.out(), "survives   sync, keeps 1h");
        has(result.out(), "in it      live messages 2, bytes 10");
        has(result.out(), "recovery   the hot file holds it; the log would be written anew");
        has(result.out(), "log        " + directory.resolve("log").resolve("1") + ": files 0, bytes 0, batches 0");
        has(result.out(), "recovery   the hot file holds it; there is no log while a daemon runs");
        assertEquals("", result.err());
        // It is as alive as before.
        assertEquals("hello\n", done("recv", "-q", "orders"));
    }

    @Test
    void fsckAfterAReboot() throws Exception {
        stopDaemon();
        CommandLineProcess.Result before = fsck("orders");
        assertEquals(ExitStatus.OK, before.status(), before.err());
        has(before.out(), "recovery   the hot file holds it; the log would be written anew");
        assertTrue(before.out().contains(", stopped in good order\n"), before.out());
        loseHotDirectory();
        CommandLineProcess.Result after = fsck("orders");
        assertEquals(ExitStatus.OK, after.status(), after.err());
        has(after.out(), "directory  " + served.path().toRealPath() + " (no daemon serves it)");
        has(after.out(), "hot        " + hot()
            + ": not there, as after a reboot; the queues would be put back from their logs");
        has(after.out(), "recovery   2 messages would be put back");
        String[] objects = fsck("--json", "-q", "0").out().split("\n");
        assertEquals(2, objects.length);
        assertTrue(objects[0].contains("\"served\":false,\"queues\":1,\"damagedentries\":[],\"mendedentries\":[],"),
            objects[0]);
        assertTrue(objects[0].contains("\"hot\":\"absent\",\"hotfault\":null,\"strays\":[]}"), objects[0]);
        assertTrue(objects[1].startsWith("{\"id\":0,\"key\":\"0x09a7c08a\",\"name\":\"orders\",\"durability\":\"sync\","
            + "\"keepseconds\":3600,\"keepbytes\":0,"), objects[1]);
        assertTrue(objects[1].contains("\"cleanstop\":true,\"msgs\":2,\"usedbytes\":10,\"hot\":false,"
            + "\"recovery\":\"2 messages would be put back\",\"torntail\":null,\"unfinished\":[],\"damage\":[]}"),
            objects[1]);
        // What it says is so.
        served = ServedDirectory.start(folder, "data");
        assertEquals("hello\nhello\n", done("recv", "-q", "orders", "--nowait", "-n", "2"));
    }

    @Test
    void fsckFindsDamage() throws Exception {
        stopDaemon();
        loseHotDirectory();
        flip(log(0), 2 * PAGE + 30);
        CommandLineProcess.Result result = fsck();
        assertEquals(ExitStatus.REFUSED, result.status(), result.out());
        has(result.out(), "recovery   the log is damaged: the queue gives EIO, and nothing is changed");
        assertTrue(result.out().contains("damaged    file 1, offset " + 2 * PAGE + ": "), result.out());
        assertTrue(fsck("--json").out().contains("\"damage\":[\"file 1, offset " + 2 * PAGE + ": "));
        // What it says is so.
        served = ServedDirectory.start(folder, "data");
        CommandLineProcess.Result used = served.msqd("recv", "-q", "orders", "--nowait");
        assertEquals(ExitStatus.REFUSED, used.status());
        assertTrue(used.err().startsWith("msqd: EIO: "), used.err());
    }

    @Test
    void fsckFindsADamagedRegistry() throws Exception {
        done("make", "other");
        done("set", "-q", "orders", "--mode", "640");
        stopDaemon();
        flip(served.path().resolve("registry"), PAGE + 20);
        flip(served.path().resolve("registry"), PAGE + 512 + 20);
        CommandLineProcess.Result result = fsck();
        assertEquals(ExitStatus.REFUSED, result.status(), result.out());
        has(result.out(), "registry   1 queue");
        has(result.out(), "damaged    registry entry 0: neither of its copies can be read");
        has(result.out(), "strays     logs of queues that are gone: 0");
    }

    @Test
    void fsckSaysWhatItCannotFind() throws Exception {
        CommandLineProcess.Result unknown = fsck("nothing");
        assertEquals(ExitStatus.REFUSED, unknown.status());
        assertEquals("msqd: ENOENT: there is no queue 'nothing' in " + served.path().toRealPath() + "\n",
            unknown.err());
        CommandLineProcess.Result nowhere =
            CommandLineProcess.run(new byte[0], "fsck", "--dir", folder.resolve("nowhere"));
        assertEquals(ExitStatus.REFUSED, nowhere.status());
        assertEquals("msqd: ENOENT: there is no data directory " + folder.resolve("nowhere") + "\n", nowhere.err());
        assertEquals(ExitStatus.USAGE, fsck("--what").status());
        Files.writeString(served.path().resolve("msqd.properties"), "msgmax=many\n");
        assertEquals(ExitStatus.USAGE, served.msqd("fsck").status());
    }

    @Test
    void logShowsEntries() throws Exception {
        List<String> lines = done("log", "-q", "orders").lines().toList();
        assertTrue(lines.getFirst().matches("FILE +SEQUENCE +TIME +KIND +POSITION +TYPE +LENGTH +PAYLOAD"));
        List<String> sent = lines.stream().filter(line -> line.contains(" send ")).toList();
        assertEquals(3, sent.size());
        assertTrue(sent.getFirst().matches("1 +\\d+ +\\S+ \\S+ send +\\d+ +5 +5 +hello"), sent.getFirst());
        assertEquals(1, lines.stream().filter(line -> line.contains(" consumed ")).count());
        List<String> objects = done("log", "--queue", "0", "--json").lines().toList();
        assertEquals(lines.size() - 1, objects.size());
        assertEquals(3,
            objects.stream().filter(line -> line.matches("\\{\"file\":1,\"sequence\":\\d+,\"time\":\"[^\"]+\","
                + "\"kind\":\"send\",\"position\":\\d+,\"type\":5,\"length\":5,\"text\":\"hello\"}")).count());
        stopDaemon();
        assertTrue(done("log", "-q", "orders").endsWith(" stop\n"));
    }

    @Test
    void logFollows() throws Exception {
        try (CommandLineProcess follower = served.starting("log", "-q", "orders", "--follow", "--json")) {
            BufferedReader out = new BufferedReader(new InputStreamReader(follower.out(), StandardCharsets.UTF_8));
            String line = out.readLine();
            while (!line.contains("\"consumed\"")) {
                line = out.readLine();
            }
            assertEquals(0, served.msqd("send", "-q", "orders", "-m", "later").status());
            String later = out.readLine();
            assertTrue(later.contains("\"kind\":\"send\"") && later.contains("\"text\":\"later\""), later);
            // A new daemon writes a new file.
            stopDaemon();
            served = ServedDirectory.start(folder, "data");
            assertTrue(out.readLine().contains("\"kind\":\"stop\""));
            assertTrue(out.readLine().startsWith("{\"file\":2,"));
            follower.signal("INT");
            assertEquals(ExitStatus.INTERRUPTED, follower.waitFor());
            assertEquals("", follower.err());
        }
    }

    @Test
    void logFollowsUntilTheQueueIsRemoved() throws Exception {
        try (CommandLineProcess follower = served.starting("log", "-q", "orders", "--follow")) {
            follower.out().read();
            done("rm", "-q", "orders");
            assertEquals(ExitStatus.OK, follower.waitFor());
            assertEquals("msqd: queue 0 was removed", follower.err().strip());
        }
    }

    @Test
    void logGoesOnBehindDamage() throws Exception {
        stopDaemon();
        flip(log(0), 2 * PAGE + 30);
        CommandLineProcess.Result result = served.msqd("log", "-q", "orders");
        assertEquals(ExitStatus.REFUSED, result.status());
        assertTrue(result.err().startsWith("msqd: file 1, offset " + 2 * PAGE + ": "), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.out().endsWith(" stop\n"), result.out());
        flip(log(0), 10);
        CommandLineProcess.Result headless = served.msqd("log", "-q", "orders");
        assertEquals(ExitStatus.REFUSED, headless.status());
        assertTrue(headless.err().startsWith("msqd: file 1, offset 0: "), headless.err());
    }

    @Test
    void logOfNothing() throws Exception {
        done("make", "unlogged", "--durability", "process");
        assertEquals(1, done("log", "-q", "unlogged").lines().count());
        assertEquals("", done("log", "-q", "unlogged", "--json"));
        assertEquals(ExitStatus.REFUSED, served.msqd("log", "-q", "nothing").status());
        assertEquals(ExitStatus.REFUSED, served.msqd("log", "-q", "0x0").status());
        assertEquals(ExitStatus.USAGE, served.msqd("log").status());
    }

    @Test
    void logStopsQuietlyWithItsReader() throws Exception {
        try (CommandLineProcess reader = served.starting("log", "-q", "orders", "--follow")) {
            reader.out().read();
            reader.out().close();
            served.msqd("send", "-q", "orders", "-m", "x", "-n", "3");
            assertEquals(ExitStatus.PIPE_CLOSED, reader.waitFor());
            assertEquals("", reader.err());
        }
        assertFalse(done("log", "-q", "orders").isEmpty());
    }
}
