package dev.msqd.daemon.stress;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
 * Clients of a sync and an interval queue are killed, several at a time, and stopped. Nothing is lost or repeated, and while one is
 * stopped the others go on with both queues. Prints the seed and what happened.
 */
@Tag("alone")
class ClientKillStormTest {
    private static final int CLIENTS = 4;
    private static final int KILLS_OF_A_STORM = 100;
    private static final long PACE_NS = 200_000;
    private static final long QBYTES = 256 << 10;
    private static final String[] QUEUES = {"sync", "interval"};
    /** Not what is promised, but a sign of waiting for the one that is stopped. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path directory;

    private int kills;
    private int stops;
    private long doneByOthers;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void othersGoOnWhateverHappensToAClient() throws Exception {
        storm(20, 40, Long.getLong("msqd.storm.seed", System.nanoTime()));
    }

    @Test
    @Tag("long")
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void othersGoOnWhateverHappensToAThousandClients() throws Exception {
        int wanted = Integer.getInteger("msqd.storm.kills", 1000);
        int killed = 0;
        int stopped = 0;
        while (killed < wanted || stopped < 2 * wanted) {
            storm(KILLS_OF_A_STORM, 2 * KILLS_OF_A_STORM, Long.getLong("msqd.storm.seed", System.nanoTime()));
            killed += kills;
            stopped += stops;
        }
        System.out.println("client storm: " + killed + " clients killed, " + stopped + " stopped");
    }

    private void storm(int killsWanted, int stopsWanted, long seed) throws Exception {
        System.out.println("client storm: seed " + seed);
        kills = 0;
        stops = 0;
        doneByOthers = 0;
        Path folder = Files.createTempDirectory(directory, "storm");
        try (Storm storm = new Storm(folder, seed, List.of("-XX:TieredStopAtLevel=1"), PACE_NS)) {
            storm.startDaemon();
            storm.awaitReady();
            storm.make("sync", Durability.SYNC, QBYTES);
            storm.make("interval", Durability.INTERVAL, QBYTES);
            List<Storm.Duty> duties = new ArrayList<>();
            for (String queue : QUEUES) {
                duties.add(new Storm.Duty(true, queue));
                duties.add(new Storm.Duty(false, queue));
            }
            storm.duties(duties);
            for (int i = 0; i < CLIENTS; i++) {
                storm.startClient();
            }
            storm.awaitFullSwing();
            while (kills < killsWanted || stops < stopsWanted) {
                storm.sleep(storm.random.nextInt(50));
                if (stops < stopsWanted) {
                    stopOne(storm);
                }
                if (kills < killsWanted && (stops >= stopsWanted || storm.random.nextInt(4) == 0)) {
                    killSome(storm);
                }
            }
            storm.finish();
            System.out.printf(
                "client storm: %d killed, %d stopped, during which others sent or received %,d messages; %s%n", kills,
                stops, doneByOthers, storm.accounts);
            storm.stopDaemon();
        }
    }

    private void stopOne(Storm storm) throws Exception {
        List<StormParty> atWork = atWork(storm);
        if (atWork.size() < 2) {
            return;
        }
        StormParty victim = atWork.get(storm.random.nextInt(atWork.size()));
        storm.stop(victim);
        long[] before = new long[QUEUES.length];
        for (int i = 0; i < QUEUES.length; i++) {
            before[i] = storm.workOfOthers(victim, QUEUES[i]);
        }
        storm.sleep(storm.random.nextInt(40));
        long startNs = System.nanoTime();
        for (int i = 0; i < QUEUES.length; i++) {
            String queue = QUEUES[i];
            while (storm.workOfOthers(victim, queue) == before[i]) {
                assertTrue(System.nanoTime() - startNs < PATIENCE_NS,
                    () -> "nobody sends to or receives from " + queue + " while one is stopped");
                storm.sleep(1);
            }
            doneByOthers += storm.workOfOthers(victim, queue) - before[i];
        }
        stops++;
        if (storm.random.nextInt(8) == 0) {
            storm.kill(victim); // it never goes on
            kills++;
            storm.startClient();
        } else {
            storm.resume(victim);
        }
        storm.checkAlive();
    }

    private void killSome(Storm storm) throws Exception {
        Random random = storm.random;
        List<StormParty> victims = new ArrayList<>(atWork(storm));
        java.util.Collections.shuffle(victims, random);
        victims = victims.subList(0, Math.min(victims.size(), 1 + random.nextInt(CLIENTS - 1)));
        storm.kill(victims);
        kills += victims.size();
        for (int i = 0; i < victims.size(); i++) {
            storm.startClient();
        }
    }

    private static List<StormParty> atWork(Storm storm) {
        return storm.clients().stream().filter(client -> client.isAtWork(storm.ledger)).toList();
    }
}
