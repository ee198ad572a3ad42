package dev.msqd.daemon.stress;

import dev.msqd.layout.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at any moment, while it starts (recovery, checkpoint, repair) as well as later, under the load of two clients that
 * send to and receive from a queue of each level. Now and then a client dies with it, or everybody does and the hot directory
 * is gone, as after a power cut. {@link Accounts} says what has to be there then. Prints the seed and what happened.
 */
@Tag("alone")
class DaemonKillStormTest {
    private static final int CLIENTS = 2;
    /** A log of many files, and queues that outgrow some of them. */
    private static final String[] SETTINGS = {"-Dmsqd.log.file.length=1M"};
    private static final long QBYTES = 4 << 20;
    private static final long PACE_NS = 200_000;
    private static final int KILLS_OF_A_STORM = 50;
    private static final int LATEST_KILL_MS = 400;

    @TempDir
    private Path directory;

    private int kills;
    private int killsAtStart;
    private int clientKills;
    private int reboots;
    private final List<Long> startsMs = new ArrayList<>();

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void whatWasPromisedSurvivesThirtyDaemons() throws Exception {
        storm(30, Long.getLong("msqd.storm.seed", System.nanoTime()));
    }

    @Test
    @Tag("long")
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void whatWasPromisedSurvivesAThousandDaemons() throws Exception {
        int total = 0;
        while (total < Integer.getInteger("msqd.storm.kills", 1000)) {
            storm(KILLS_OF_A_STORM, Long.getLong("msqd.storm.seed", System.nanoTime()));
            total += kills;
        }
        System.out.println("daemon storm: " + total + " daemons killed");
    }

    private void storm(int killsWanted, long seed) throws Exception {
        System.out.println("daemon storm: seed " + seed);
        kills = 0;
        killsAtStart = 0;
        clientKills = 0;
        reboots = 0;
        startsMs.clear();
        Path folder = Files.createTempDirectory(directory, "storm");
        try (Storm storm = new Storm(folder, seed, List.of("-XX:TieredStopAtLevel=1"), PACE_NS, SETTINGS)) {
            storm.startDaemon();
            storm.awaitReady();
            List<Storm.Duty> duties = new ArrayList<>();
            for (Durability level : Durability.values()) {
                storm.make(level.name().toLowerCase(java.util.Locale.ROOT), level, QBYTES);
                duties.add(new Storm.Duty(true, level.name().toLowerCase(java.util.Locale.ROOT)));
                duties.add(new Storm.Duty(false, level.name().toLowerCase(java.util.Locale.ROOT)));
            }
            storm.duties(duties);
            startClients(storm);
            storm.awaitFullSwing();
            while (kills < killsWanted) {
                awaitMoment(storm);
                blow(storm);
            }
            storm.finish();
            System.out.printf(
                "daemon storm: %d daemons killed, %d of them before they served, %d clients with them; %d reboots; "
                    + "starts took %d ms at the median; %s%n",
                kills, killsAtStart, clientKills, reboots, startsMs.get(startsMs.size() / 2), storm.accounts);
            storm.stopDaemon();
        }
    }

    /** Half of the blows come while the daemon starts, as far as it is that slow. */
    private void awaitMoment(Storm storm) throws Exception {
        Random random = storm.random;
        if (random.nextBoolean()) {
            storm.sleep(random.nextInt(LATEST_KILL_MS));
        } else {
            long startNs = System.nanoTime();
            storm.awaitReady();
            startsMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
            storm.sleep(random.nextInt(LATEST_KILL_MS));
        }
        storm.checkAlive();
    }

    private void blow(Storm storm) throws Exception {
        Random random = storm.random;
        killsAtStart += storm.isReady() ? 0 : 1;
        kills++;
        int what = random.nextInt(10);
        if (what < 3 && storm.isInFullSwing()) {
            storm.reboot();
            reboots++;
            storm.startDaemon();
            startClients(storm);
        } else {
            storm.killDaemon();
            if (what == 9) {
                storm.kill(storm.clients().get(random.nextInt(CLIENTS)));
                clientKills++;
            }
            storm.sleep(random.nextInt(20));
            storm.startDaemon();
            if (what == 9) {
                storm.startClient();
            }
        }
    }

    private static void startClients(Storm storm) throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            storm.startClient();
        }
        storm.prepareClients(CLIENTS);
    }
}
