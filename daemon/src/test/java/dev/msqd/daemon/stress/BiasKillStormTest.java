package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise 1 (and 4) where locked operations are saved: one sender and one receiver, each alone most of the time, so that both have the
 * right to do without; and a visitor on either side that comes and goes, which takes it from them. Anybody is killed or stopped at any moment,
 * the daemon that marks what is logged, too. Prints the seed and what happened.
 */
@Tag("alone")
class BiasKillStormTest {
    private static final String QUEUE = "hot";
    private static final List<Storm.Duty> SENDER = duty(true, Manner.HOT);
    private static final List<Storm.Duty> RECEIVER = duty(false, Manner.HOT);
    private static final List<Storm.Duty> VISITING_SENDER = duty(true, Manner.VISITING);
    private static final List<Storm.Duty> VISITING_RECEIVER = duty(false, Manner.VISITING);
    private static final List<List<Storm.Duty>> EVERYBODY =
        List.of(SENDER, RECEIVER, VISITING_SENDER, VISITING_RECEIVER);
    private static final String[] SHORT_SEGMENTS = {"-Dmsqd.segment.length=16K", "-Dmsqd.msgmax=8K"};
    /** A segment holds two of the longest messages, as of when the queue is made: so a longer one gets a segment of its own. */
    private static final String[] LONG_MESSAGES = {"-Dmsqd.segment.length=16K", "-Dmsqd.msgmax=32K"};
    /** Fast soon after the start: nobody gets old. */
    private static final List<String> JVM = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final long QBYTES = 64 * 1024;
    private static final int LONGEST_STOP_MS = 100;

    @TempDir
    private Path directory;

    private int kills;
    private int daemonKills;
    private int stops;

    private static List<Storm.Duty> duty(boolean sends, Manner manner) {
        return List.of(new Storm.Duty(sends, QUEUE, manner));
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void nothingIsLostOrRepeatedWithoutLockedOperations() throws Exception {
        storm(Integer.getInteger("msqd.storm.seconds", 15), Long.getLong("msqd.storm.seed", System.nanoTime()));
    }

    @Test
    @Tag("long")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingIsLostOrRepeatedWithoutLockedOperationsInTenMinutes() throws Exception {
        for (int round = 0; round < 20; round++) {
            storm(30, Long.getLong("msqd.storm.seed", System.nanoTime()));
        }
    }

    private void storm(int seconds, long seed) throws Exception {
        System.out.println("bias storm: seed " + seed + ", " + seconds + " s");
        kills = 0;
        daemonKills = 0;
        stops = 0;
        Path folder = Files.createTempDirectory(directory, "storm");
        try (Storm storm = new Storm(folder, seed, JVM, 0, SHORT_SEGMENTS)) {
            storm.startDaemon();
            storm.make(QUEUE, Durability.INTERVAL, QBYTES);
            storm.killDaemon();
            storm.settings(LONG_MESSAGES);
            storm.startDaemon();
            storm.awaitReady();
            for (List<Storm.Duty> duty : EVERYBODY) {
                storm.startClient(duty);
                storm.prepareClients(1, duty);
            }
            storm.awaitFullSwing();
            try (BiasWatch watch = new BiasWatch(storm.hotDirectory().resolve(Integer.toString(storm.msqid(QUEUE))))) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
                while (System.nanoTime() - end < 0) {
                    if (storm.random.nextInt(4) > 0) {
                        storm.awaitFullSwing();
                    }
                    storm.sleep(20 + storm.random.nextInt(300));
                    storm.checkAlive();
                    strike(storm);
                }
                storm.finish();
                System.out.printf("bias storm: %d kills, %d of them daemons, %d stops; %s; %s%n", kills, daemonKills,
                    stops,
                    storm.accounts, watch);
                // Else nothing was tried.
                assertTrue(watch.senderChanges() > kills, () -> watch.toString());
                assertTrue(watch.receiverChanges() > kills, () -> watch.toString());
            }
            storm.stopDaemon();
        }
    }

    private void strike(Storm storm) throws Exception {
        Random random = storm.random;
        int target = random.nextInt(14);
        if (target < 6) {
            // Who has the right is hit more often than who takes it.
            List<Storm.Duty> duty = EVERYBODY.get(target < 4 ? target / 2 : target - 2);
            storm.kill(whoDoes(storm, duty));
            kills++;
            storm.startClient(duty);
            storm.prepareClients(1, duty);
        } else if (target < 11) {
            StormParty victim = whoDoes(storm, EVERYBODY.get(random.nextInt(EVERYBODY.size())));
            storm.stop(victim);
            storm.sleep(random.nextInt(LONGEST_STOP_MS));
            stops++;
            if (random.nextInt(4) == 0) {
                List<Storm.Duty> duty = EVERYBODY.stream().filter(each -> does(victim, each)).findFirst().orElseThrow();
                storm.kill(victim);
                kills++;
                storm.startClient(duty);
                storm.prepareClients(1, duty);
            } else {
                storm.resume(victim);
            }
        } else if (target < 12) {
            storm.pauseDaemon();
            storm.sleep(random.nextInt(LONGEST_STOP_MS));
            storm.resumeDaemon();
            stops++;
        } else {
            storm.killDaemon();
            kills++;
            daemonKills++;
            storm.sleep(random.nextInt(LONGEST_STOP_MS));
            storm.startDaemon();
        }
    }

    private static StormParty whoDoes(Storm storm, List<Storm.Duty> duty) {
        return storm.clients().stream().filter(client -> does(client, duty)).findFirst().orElseThrow();
    }

    private static boolean does(StormParty client, List<Storm.Duty> duty) {
        Role role = client.roles().getFirst();
        return role.sends() == duty.getFirst().sends() && role.manner() == duty.getFirst().manner();
    }
}
