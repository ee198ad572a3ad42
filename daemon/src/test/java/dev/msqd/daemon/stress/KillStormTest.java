package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.cli.Main;
import dev.msqd.queue.SystemLimits;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise 1 (and 4): 2 senders, 3 receivers, a daemon; a killer kills and stops any of them, and the dead are replaced. Every
 * send that returned is received exactly once; an unanswered one once or not at all; a message in a dead receiver's hand at most
 * once. Prints the seed, the kills and the messages.
 */
class KillStormTest {
    private static final int SENDERS = 2;
    private static final int RECEIVERS = 3;
    private static final String QUEUE = "storm";
    private static final Pattern RETURNED = Pattern.compile("recordsReturned=(\\d+)");

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();
    private final List<Storming> senders = new ArrayList<>();
    private final List<Storming> receivers = new ArrayList<>();
    private final Set<Integer> killedReceivers = new HashSet<>();
    private Process daemon;
    private int nextSender;
    private int nextReceiver;
    private int kills;
    private int daemonKills;
    private int stops;
    private int msgtql;

    @AfterEach
    void endProcesses() throws IOException {
        for (Process process : started) {
            TestJvm.signal(process, "CONT");
            process.destroyForcibly();
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void nothingIsLostOrRepeatedInHalfAMinute() throws Exception {
        storm(Integer.getInteger("msqd.storm.seconds", 25), Long.getLong("msqd.storm.seed", System.nanoTime()));
    }

    /** R78: the dead leave nothing counted. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void limitOfAllMessagesTogetherSurvivesDeaths() throws Exception {
        msgtql = 20;
        storm(10, Long.getLong("msqd.storm.seed", System.nanoTime()));
    }

    @Test
    @Tag("long")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingIsLostOrRepeatedInTenMinutes() throws Exception {
        for (int round = 0; round < 10; round++) {
            msgtql = round % 3 == 2 ? 20 : 0;
            storm(60, Long.getLong("msqd.storm.seed", System.nanoTime()));
        }
    }

    private void storm(int seconds, long seed) throws Exception {
        System.out.println("storm: seed " + seed + ", " + seconds + " s, msgtql " + msgtql);
        Random random = new Random(seed);
        Path data = Files.createTempDirectory(directory, "data");
        Path ledgerFile = data.resolve("ledger");
        senders.clear();
        receivers.clear();
        killedReceivers.clear();
        nextSender = 0;
        nextReceiver = 0;
        kills = 0;
        daemonKills = 0;
        stops = 0;
        startDaemon(data);
        int msqid;
        try (Msqd msqd = Storming.connect(data)) {
            msqid = msqd.get(QUEUE, Msqd.IPC_CREAT | 0600, 32 * 1024);
        }
        try (Ledger ledger = new Ledger(ledgerFile)) {
            for (int i = 0; i < SENDERS; i++) {
                startSender(data, ledgerFile);
            }
            for (int i = 0; i < RECEIVERS; i++) {
                startReceiver(data, ledgerFile);
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() - end < 0) {
                Thread.sleep(20 + random.nextInt(500));
                strike(random, data, ledgerFile);
            }
            ledger.stop(Ledger.SENDERS_STOP);
            for (Storming sender : senders) {
                assertEquals(0, sender.process().waitFor(), () -> "a sender that nobody killed failed: " + output());
            }
            drain(data, msqid);
            ledger.stop(Ledger.RECEIVERS_STOP);
            for (Storming receiver : receivers) {
                assertEquals(0, receiver.process().waitFor(),
                    () -> "a receiver that nobody killed failed: " + output());
            }
            check(ledger);
        }
        awaitNothingCounted(data);
        daemon.destroy();
        assertTrue(daemon.waitFor(30, TimeUnit.SECONDS));
        IoUtil.delete(hotDirectory(data).toFile(), true);
    }

    private void strike(Random random, Path data, Path ledgerFile) throws Exception {
        int target = random.nextInt(12);
        if (target < 4) {
            kill(senders.remove(random.nextInt(senders.size())).process());
            startSender(data, ledgerFile);
        } else if (target < 9) {
            Storming victim = receivers.remove(random.nextInt(receivers.size()));
            killedReceivers.add(victim.number());
            kill(victim.process());
            startReceiver(data, ledgerFile);
        } else if (target < 11) {
            List<Storming> side = random.nextBoolean() ? senders : receivers;
            Process victim = side.get(random.nextInt(side.size())).process();
            TestJvm.signal(victim, "STOP");
            Thread.sleep(random.nextInt(300));
            TestJvm.signal(victim, "CONT");
            stops++;
        } else {
            kill(daemon);
            daemonKills++;
            Thread.sleep(random.nextInt(500));
            startDaemon(data);
        }
    }

    private void drain(Path data, int msqid) throws Exception {
        try (Msqd msqd = Storming.connect(data)) {
            MsqidDs state = msqd.stat(msqid);
            while (state.qnum() > 0) {
                Thread.sleep(20);
                state = msqd.stat(msqid);
            }
            // Invariant 5: at rest the counts are exact.
            assertEquals(0, state.cbytes());
        }
    }

    /** The daemon counts again until it did so in a moment in which nobody sent or received. */
    private void awaitNothingCounted(Path data) throws Exception {
        // As a client, without which the daemon would rest.
        try (Msqd msqd = Storming.connect(data); SystemLimits system = SystemLimits.serve(hotDirectory(data))) {
            assertEquals(msgtql, msqd.limits().msgtql());
            while (system.messages() != 0) {
                Thread.sleep(20);
            }
        }
    }

    private static Path hotDirectory(Path data) {
        Path sharedMemory = Path.of("/dev/shm");
        return (Files.isWritable(sharedMemory) ? sharedMemory : data.getParent())
            .resolve("msqd-storm-" + ProcessHandle.current().pid() + "-" + data.getFileName());
    }

    private void check(Ledger ledger) {
        Set<Long> inTheDark = new HashSet<>();
        long outOfOrder = 0;
        long received = 0;
        for (int receiver = 0; receiver < nextReceiver; receiver++) {
            assertEquals(0, ledger.corruptCount(receiver), "corrupt messages");
            outOfOrder += ledger.outOfOrderCount(receiver);
            received += ledger.receivedCount(receiver);
            if (killedReceivers.contains(receiver) && ledger.inHand(receiver) != 0) {
                inTheDark.add(ledger.inHand(receiver));
            }
        }
        long returned = RETURNED.matcher(output()).results().mapToLong(result -> Long.parseLong(result.group(1))).sum();
        long acknowledged = 0;
        List<String> faults = new ArrayList<>();
        for (int sender = 0; sender < nextSender; sender++) {
            long count = ledger.acknowledged(sender);
            acknowledged += count;
            for (long sequence = 0; sequence < Math.min(count + 1000, Ledger.MAX_MESSAGES); sequence++) {
                int receipts = ledger.receipts(sender, sequence);
                boolean atMostOnce = sequence == count || inTheDark.contains(Ledger.id(sender, sequence));
                boolean kept = sequence > count ? receipts == 0 : receipts == 1 || atMostOnce && receipts == 0;
                if (!kept) {
                    faults.add("sender " + sender + " of " + count + ": message " + sequence + " received " + receipts
                        + " times");
                }
            }
        }
        System.out.printf(
            "storm: %,d acknowledged, %,d received, %d kills, %d of them daemons, %d stops, %d in the dark, "
                + "%d went back to their places, %d came late%n",
            acknowledged, received, kills, daemonKills, stops,
            inTheDark.size(), returned, outOfOrder);
        assertTrue(acknowledged > 0, "nothing was sent");
        assertEquals(List.of(), faults.subList(0, Math.min(10, faults.size())), faults.size() + " faults");
        // Invariant 6: only a message that went back to its place comes late.
        assertTrue(outOfOrder <= returned,
            outOfOrder + " out of order, but only " + returned + " went back to their places");
    }

    private void startSender(Path data, Path ledger) throws IOException {
        int number = nextSender++;
        senders.add(
            new Storming(number, start(StormSender.class, data.toString(), ledger.toString(), QUEUE, "" + number)));
    }

    private void startReceiver(Path data, Path ledger) throws IOException {
        int number = nextReceiver++;
        receivers.add(
            new Storming(number, start(StormReceiver.class, data.toString(), ledger.toString(), QUEUE, "" + number)));
    }

    private void startDaemon(Path data) throws IOException {
        daemon = start(Main.class, "serve", "--dir", data.toString(), "-Dmsqd.msgtql=" + msgtql,
            "-Dmsqd.hot.dir=" + hotDirectory(data));
    }

    private String output() {
        try {
            return Files.readString(directory.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void kill(Process process) throws InterruptedException {
        process.destroyForcibly().waitFor();
        kills++;
    }

    private Process start(Class<?> main, String... args) throws IOException {
        List<String> command = TestJvm.command(List.of(), TestJvm.classPath(), main, (Object[]) args);
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(directory.toFile(), "output"))).start();
        started.add(process);
        return process;
    }
}
