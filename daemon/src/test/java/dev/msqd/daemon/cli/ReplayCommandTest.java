package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What replay gives back, beside a daemon that works, and after one that was killed. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplayCommandTest {
    private static final Pattern OBJECT = Pattern.compile(
        "\\{\"time\":\"([^\"]+)\",\"position\":(\\d+),\"type\":(\\d+),\"length\":(\\d+),\"(text|base64)\":\"([^\"]*)\"}");
    private static final long POLL_MS = 20;

    @TempDir
    private Path folder;
    private ServedDirectory served;
    private final Random random = new Random(7);
    private final List<String> sent = new ArrayList<>();

    @AfterEach
    void stop() {
        if (served != null) {
            served.close();
        }
    }

    private void start(String... settings) throws Exception {
        served = ServedDirectory.start(folder, "data", settings);
    }

    private void killDaemon() throws Exception {
        served.daemon().signal("KILL");
        served.daemon().waitFor();
    }

    private String done(Object... arguments) throws Exception {
        CommandLineProcess.Result result = served.msqd(arguments);
        assertEquals(ExitStatus.OK, result.status(), result.err() + result.out());
        return result.out();
    }

    /** As {@link #replayed} tells it. */
    private static String message(long mtype, byte[] bytes) {
        return mtype + ":" + Base64.getEncoder().encodeToString(bytes);
    }

    private void send(MessageQueue queue, long mtype, byte[] bytes) {
        queue.send(mtype, bytes, 0, bytes.length);
        sent.add(message(mtype, bytes));
    }

    /** Some of all kinds; about a half is received again, in no order. */
    private void traffic(MessageQueue queue, int count) {
        byte[] room = new byte[1 << 16];
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) 0xFF; // no UTF-8, and so no escapes in the object
            }
            if (random.nextBoolean()) {
                bytes = ("text " + i + ", ünïcode").getBytes(StandardCharsets.UTF_8);
            }
            send(queue, random.nextInt(8) == 0 ? Long.MAX_VALUE - random.nextInt(3) : 1 + random.nextInt(5), bytes);
            if (random.nextBoolean()) {
                queue.tryReceive(random.nextBoolean() ? Selector.any() : Selector.type(1 + random.nextInt(5)), room, 0,
                    room.length);
            }
        }
    }

    private record Replayed(Instant time, long position, String message) {}

    private List<Replayed> replayed(Object... more) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of("replay", "-q", "q", "--json", "--hot-dir", hot()));
        arguments.addAll(List.of(more));
        CommandLineProcess.Result result = served.msqd(arguments.toArray());
        assertTrue(result.status() == ExitStatus.OK || result.status() == ExitStatus.NOTHING, result.err());
        return result.out().lines().map(ReplayCommandTest::parse).toList();
    }

    private static Replayed parse(String line) {
        Matcher matcher = OBJECT.matcher(line);
        assertTrue(matcher.matches(), line);
        byte[] bytes = matcher.group(5).equals("text") ? matcher.group(6).getBytes(StandardCharsets.UTF_8)
            : Base64.getDecoder().decode(matcher.group(6));
        assertEquals(bytes.length, Integer.parseInt(matcher.group(4)));
        return new Replayed(Instant.parse(matcher.group(1)), Long.parseLong(matcher.group(2)),
            message(Long.parseLong(matcher.group(3)), bytes));
    }

    private Path hot() {
        return folder.resolve("data-hot");
    }

    /** The log has an interval: waits until it says all. */
    private List<Replayed> awaitAll() throws Exception {
        List<Replayed> all = replayed();
        while (all.size() < sent.size()) {
            Thread.sleep(POLL_MS);
            all = replayed();
        }
        assertEquals(sent, all.stream().map(Replayed::message).toList());
        return all;
    }

    /** Types, bytes and order: in use, after a kill of the daemon, with what went on without it, and after a reboot. */
    @Test
    void equalsWhatWasSent() throws Exception {
        start("-Dmsqd.log.file.length=1M");
        done("make", "q", "--keep", "1h");
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(msqd.get("q", 0))) {
            traffic(queue, 500);
            awaitAll();
            traffic(queue, 100);
            killDaemon();
            traffic(queue, 100);
            byte[] room = new byte[1 << 16];
            while (queue.tryReceive(Selector.any(), room, 0, room.length) != MessageQueue.NONE) {
                // Sent and received without a daemon, too.
            }
            start("-Dmsqd.log.file.length=1M");
            traffic(queue, 100);
            awaitAll();
        }
        killDaemon();
        IoUtil.delete(hot().toFile(), true);
        // Without a daemon.
        assertEquals(sent, replayed().stream().map(Replayed::message).toList());
        start("-Dmsqd.log.file.length=1M");
        awaitAll();
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(msqd.get("q", 0))) {
            traffic(queue, 100);
            awaitAll();
        }
    }

    /** While files become too old and are deleted: what is there is in order, and nothing twice. */
    @Test
    void whileHistoryIsDeleted() throws Exception {
        start("-Dmsqd.log.file.length=1M");
        done("make", "q", "--keep", "2M");
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(msqd.get("q", 0))) {
            Thread traffic = Thread.ofPlatform().start(() -> {
                byte[] room = new byte[5_000];
                byte[] bytes = new byte[3_000];
                Arrays.fill(bytes, (byte) 0xFF);
                for (long i = 1; !Thread.currentThread().isInterrupted(); i++) {
                    queue.send(i, bytes, 0, bytes.length);
                    if (i % 50 != 0) {
                        queue.tryReceive(Selector.upTo(i), room, 0, room.length);
                    }
                    LockSupport.parkNanos(500_000);
                }
            });
            try {
                int seen = 0;
                for (int look = 0; look < 6; look++) {
                    List<Replayed> all = replayed();
                    long before = 0;
                    for (Replayed each : all) {
                        long mtype = Long.parseLong(each.message().substring(0, each.message().indexOf(':')));
                        assertTrue(mtype > before, mtype + " after " + before);
                        before = mtype;
                    }
                    seen += all.size();
                }
                assertTrue(seen > 0);
            } finally {
                traffic.interrupt();
                traffic.join();
            }
            try (var files = Files.list(served.path().resolve("log").resolve("0"))) {
                assertTrue(files.noneMatch(file -> file.endsWith("0000000001.log")), "nothing was deleted");
            }
        }
    }

    /** From and to, by position and by time, and types. */
    @Test
    void parts() throws Exception {
        start();
        done("make", "q", "--durability", "sync", "--keep", "1h");
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(msqd.get("q", 0))) {
            for (int i = 0; i < 10; i++) {
                send(queue, 1 + i % 3, ("m" + i).getBytes(StandardCharsets.UTF_8));
                Thread.sleep(5);
            }
        }
        List<Replayed> all = awaitAll();
        assertEquals(all.subList(3, 10), replayed("--from", all.get(3).position()));
        assertEquals(all.subList(3, 6), replayed("--from", all.get(3).position(), "--to", all.get(5).position()));
        assertEquals(all.subList(4, 8), replayed("--from", all.get(4).time(), "--to", all.get(7).time()));
        assertEquals(all, replayed("--from", "-1h"));
        assertEquals(List.of(), replayed("--to", "-1h"));
        assertEquals(all.stream().filter(each -> each.message().startsWith("2:")).toList(), replayed("-t", "2"));
        assertEquals(all.stream().filter(each -> !each.message().startsWith("2:")).toList(),
            replayed("-x", "-t", "2"));
        assertEquals(all.stream().filter(each -> !each.message().startsWith("3:")).toList(), replayed("-t", "-2"));
        assertEquals("m0\nm1\nm2\nm3\nm4\nm5\nm6\nm7\nm8\nm9\n", done("replay", "-q", "q", "--hot-dir", hot()));
    }

    /** As long as it took, or half of it; with the types, and through a queue that is full. */
    @Test
    void intoAnotherQueue() throws Exception {
        start();
        done("make", "q", "--durability", "sync", "--keep", "1h");
        done("make", "small", "--qbytes", "4");
        try (Msqd msqd = Msqd.connect(served.path()); MessageQueue queue = msqd.open(msqd.get("q", 0))) {
            for (int i = 0; i < 5; i++) {
                send(queue, 1 + i, ("m" + i).getBytes(StandardCharsets.UTF_8));
                Thread.sleep(300);
            }
            List<Replayed> all = awaitAll();
            Duration recorded = Duration.between(all.getFirst().time(), all.getLast().time());
            assertTrue(recorded.toMillis() >= 4 * 300 - 100, recorded::toString);
            assertTrue(time(() -> into("one", "1x")).compareTo(recorded) >= 0);
            assertTrue(time(() -> into("two", "2x")).compareTo(recorded.dividedBy(2)) >= 0);
            into("now", "max");
            for (String name : List.of("one", "two", "now")) {
                assertEquals(sent, received(msqd, name));
            }
            try (CommandLineProcess blocked =
                served.starting("replay", "-q", "q", "--hot-dir", hot(), "--into", "small", "--speed", "max");
                MessageQueue small = msqd.open(msqd.get("small", 0))) {
                List<String> through = new ArrayList<>();
                byte[] room = new byte[10];
                while (through.size() < sent.size()) {
                    int length = small.receive(Selector.any(), room, 0, room.length);
                    through.add(message(small.receivedType(), Arrays.copyOf(room, length)));
                    Thread.sleep(POLL_MS);
                }
                assertEquals(sent, through);
                assertEquals(ExitStatus.OK, blocked.waitFor());
                assertEquals("msqd: 5 messages replayed into queue 'small'\n",
                    blocked.err().replace("msqd: queue 'small' is full (qbytes 4): waiting for a receiver\n", ""));
            }
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static Duration time(Action action) throws Exception {
        long startNs = System.nanoTime();
        action.run();
        return Duration.ofNanos(System.nanoTime() - startNs);
    }

    private void into(String name, String speed) throws Exception {
        CommandLineProcess.Result result =
            served.msqd("replay", "-q", "q", "--hot-dir", hot(), "--into", name, "--speed", speed);
        assertEquals(ExitStatus.OK, result.status(), result.err());
        assertEquals("msqd: 5 messages replayed into queue '" + name + "'\n", result.err());
    }

    private static List<String> received(Msqd msqd, String name) {
        List<String> received = new ArrayList<>();
        try (MessageQueue queue = msqd.open(msqd.get(name, 0))) {
            byte[] room = new byte[100];
            int length = queue.tryReceive(Selector.any(), room, 0, room.length);
            while (length != MessageQueue.NONE) {
                received.add(message(queue.receivedType(), Arrays.copyOf(room, length)));
                length = queue.tryReceive(Selector.any(), room, 0, room.length);
            }
        }
        return received;
    }

    /** A message that the queue can't ever take ends it and is named; those before it are sent, and history stays. */
    @Test
    void intoAQueueThatCanNeverTakeIt() throws Exception {
        start();
        done("make", "q", "--durability", "sync", "--keep", "1h");
        done("send", "-q", "q", "-m", "abc");
        done("send", "-q", "q", "-m", "abcdef");
        long position = awaitRecorded(2).getLast().position();
        done("make", "small", "--qbytes", "5");
        done("make", "shut", "--qbytes", "0");
        // R22: msgsnd would sleep.
        String named = "the message at position " + position + " is 6 bytes long, ";
        into("small", 1, "EAGAIN: " + named + "queue 'small' holds no more than 5 (qbytes)");
        // R21: neither would an empty one fit.
        into("shut", 0, "EAGAIN: the message at position " + replayed().getFirst().position()
            + " is 3 bytes long, queue 'shut' holds no more than 0 (qbytes)");
        done("limits", "--msgmax", "5");
        into("new", 1, "EINVAL: " + named + "over the limit of 5 (msgmax)");
        assertEquals(2, replayed().size());
        done("limits", "--msgmax", "6");
        done("set", "-q", "small", "--qbytes", "9");
        CommandLineProcess.Result rest =
            served.msqd("replay", "-q", "q", "--hot-dir", hot(), "--into", "small", "--from", position);
        assertEquals("msqd: 1 message replayed into queue 'small'\n", rest.err());
    }

    private List<Replayed> awaitRecorded(int count) throws Exception {
        List<Replayed> all = replayed();
        while (all.size() < count) {
            Thread.sleep(POLL_MS);
            all = replayed();
        }
        return all;
    }

    private void into(String name, int sent, String error) throws Exception {
        CommandLineProcess.Result result =
            served.msqd("replay", "-q", "q", "--hot-dir", hot(), "--into", name, "--speed", "max");
        assertEquals(ExitStatus.REFUSED, result.status(), result.err());
        assertEquals("msqd: " + sent + (sent == 1 ? " message" : " messages") + " replayed into queue '" + name
            + "'\nmsqd: " + error + "\n", result.err());
    }

    /** Also when it becomes so while the replay waits. */
    @Test
    void intoAQueueThatIsRemovedOrLimitedMeanwhile() throws Exception {
        start();
        done("make", "q", "--durability", "sync", "--keep", "1h");
        done("send", "-q", "q", "-m", "abcdef", "-n", "2");
        awaitRecorded(2);
        for (String[] change : new String[][] {{"set", "-q", "small", "--qbytes", "5"}, {"rm", "small"}}) {
            done("make", "small", "--qbytes", "6");
            try (CommandLineProcess replay =
                served.starting("replay", "-q", "q", "--hot-dir", hot(), "--into", "small", "--speed", "max")) {
                while (done("why", "small").startsWith("nobody waits")) {
                    Thread.sleep(POLL_MS);
                }
                done((Object[]) change);
                assertEquals(ExitStatus.REFUSED, replay.waitFor());
                assertTrue(
                    replay.err()
                        .contains(change[0].equals("rm") ? "\nmsqd: EIDRM: queue " : "holds no more than 5 (qbytes)"),
                    replay.err());
            }
            if (!change[0].equals("rm")) {
                done("rm", "small");
            }
        }
    }

    /** Ctrl-C: what was sent is counted. */
    @Test
    void interrupted() throws Exception {
        start();
        done("make", "q", "--durability", "sync", "--keep", "1h");
        done("make", "small", "--qbytes", "4");
        done("send", "-q", "q", "-m", "ab", "-n", "5");
        try (CommandLineProcess replay =
            served.starting("replay", "-q", "q", "--hot-dir", hot(), "--into", "small", "--speed", "max")) {
            while (!done("ls", "-i", "1").contains("qnum=2")) {
                Thread.sleep(POLL_MS);
            }
            replay.signal("INT");
            assertEquals(ExitStatus.INTERRUPTED, replay.waitFor());
            assertTrue(replay.err().endsWith("msqd: 2 messages replayed into queue 'small'\n"), replay.err());
        }
    }

    @Test
    void refused() throws Exception {
        start();
        done("make", "q", "--keep", "1h");
        done("make", "bare");
        done("make", "fleeting", "--durability", "process", "--keep", "1h");
        refused(ExitStatus.REFUSED,
            "queue 'bare' keeps no history: `msqd set -q bare --keep 1d` has it keep what is sent "
                + "from then on (browse shows what is queued)",
            "-q", "bare");
        refused(ExitStatus.REFUSED, "queue 'fleeting' keeps no history at level process: `msqd set -q fleeting "
            + "--durability interval` has it keep what is sent from then on", "-q", "fleeting");
        refused(ExitStatus.REFUSED, "ENOENT: there is no queue 'none' in " + served.path().toRealPath(), "-q", "none");
        refused(ExitStatus.NOTHING, "", "-q", "q");
        CommandLineProcess.Result itself = served.msqd("replay", "-q", "q", "--hot-dir", hot(), "--into", "q");
        assertEquals(ExitStatus.USAGE, itself.status());
        assertTrue(itself.err().startsWith("msqd: --into q is the queue itself: "), itself.err());
        for (String[] wrong : new String[][] {{"--from", "yesterday"}, {"--speed", "0x"}, {"--speed", "fast"},
            {"--into", "p", "--json"}, {"-x"}}) {
            List<Object> arguments = new ArrayList<>(List.of("replay", "-q", "q"));
            arguments.addAll(List.of(wrong));
            assertEquals(ExitStatus.USAGE, served.msqd(arguments.toArray()).status(), String.join(" ", wrong));
        }
    }

    private void refused(int status, String message, Object... arguments) throws Exception {
        List<Object> all = new ArrayList<>(List.of("replay", "--hot-dir", hot()));
        all.addAll(List.of(arguments));
        CommandLineProcess.Result result = served.msqd(all.toArray());
        assertEquals(status, result.status(), result.err());
        assertEquals(message.isEmpty() ? "" : "msqd: " + message + "\n", result.err());
    }
}
