package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.Msqd;
import dev.msqd.layout.Durability;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promise 1 (and 4): 2 senders, 3 receivers, a daemon; a killer kills and stops any of them, and the dead are replaced. Every
 * send that returned is received exactly once; an unanswered one once or not at all; a message in a dead receiver's hand at most
 * once. Nobody rests. Prints the seed, the kills and the messages.
 */
@Tag("alone")
class KillStormTest {
    private static final int SENDERS = 2;
    private static final int RECEIVERS = 3;
    private static final String QUEUE = "storm";
    private static final List<Storm.Duty> SENDER = List.of(new Storm.Duty(true, QUEUE));
    private static final List<Storm.Duty> RECEIVER = List.of(new Storm.Duty(false, QUEUE));
    private static final Pattern RETURNED = Pattern.compile("recordsReturned=(\\d+)");

    @TempDir
    private Path directory;

    private int kills;
    private int daemonKills;
    private int stops;
    private int msgtql;

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
        kills = 0;
        daemonKills = 0;
        stops = 0;
        Path folder = Files.createTempDirectory(directory, "storm");
        try (Storm storm = new Storm(folder, seed, List.of(), 0, "-Dmsqd.msgtql=" + msgtql)) {
            storm.startDaemon();
            storm.make(QUEUE, Durability.INTERVAL, 32 * 1024);
            for (int i = 0; i < SENDERS; i++) {
                storm.startClient(SENDER);
            }
            for (int i = 0; i < RECEIVERS; i++) {
                storm.startClient(RECEIVER);
            }
            // However busy the machine is: what was sent now is due, whoever dies later.
            storm.awaitFullSwing();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() - end < 0) {
                storm.sleep(20 + storm.random.nextInt(500));
                strike(storm);
            }
            storm.finish();
            // Invariant 6: only a message that went back to its place comes late.
            long returned = RETURNED.matcher(storm.output()).results()
                .mapToLong(result -> Long.parseLong(result.group(1))).sum();
            System.out.printf("storm: %d kills, %d of them daemons, %d stops; %s; %d went back to their places%n",
                kills,
                daemonKills, stops, storm.accounts, returned);
            assertTrue(storm.accounts.outOfOrder() <= returned,
                storm.accounts.outOfOrder() + " out of order, but only " + returned + " went back to their places");
            awaitNothingCounted(storm);
            storm.stopDaemon();
        }
    }

    private void strike(Storm storm) throws Exception {
        Random random = storm.random;
        int target = random.nextInt(12);
        if (target < 9) {
            boolean sends = target < 4;
            storm.kill(anyOf(storm, sends));
            kills++;
            storm.startClient(sends ? SENDER : RECEIVER);
        } else if (target < 11) {
            StormParty victim = anyOf(storm, random.nextBoolean());
            storm.stop(victim);
            storm.sleep(random.nextInt(300));
            storm.resume(victim);
            stops++;
        } else {
            storm.killDaemon();
            kills++;
            daemonKills++;
            storm.sleep(random.nextInt(500));
            storm.startDaemon();
        }
    }

    private static StormParty anyOf(Storm storm, boolean senders) {
        List<StormParty> side = storm.clients().stream().filter(client -> client.roles().getFirst().sends() == senders)
            .toList();
        return side.get(storm.random.nextInt(side.size()));
    }

    /** The daemon counts again until it did so in a moment in which nobody sent or received. */
    private void awaitNothingCounted(Storm storm) throws Exception {
        // As a client, without which the daemon would rest.
        try (Msqd msqd = StormClient.connect(storm.data());
            SystemLimits system = SystemLimits.serve(storm.hotDirectory())) {
            assertEquals(msgtql, msqd.limits().msgtql());
            while (system.messages() != 0) {
                Thread.sleep(20);
            }
        }
    }
}
