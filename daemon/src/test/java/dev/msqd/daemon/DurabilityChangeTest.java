package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The level changes, between any two and back, while others send and receive. After a reboot what was acknowledged under sync is as it
 * was acknowledged: unless the queue was left at level process, which keeps nothing.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class DurabilityChangeTest {
    private static final int PARTIES = 2;
    private static final long LAST_TYPE = Long.MAX_VALUE;

    @TempDir
    private Path folder;
    private TestHost host;
    private Random random;
    private int msqid;

    /** Goes up whenever the level is about to change, and when it has; odd: the level is sync for certain. */
    private volatile int period;
    private volatile long sentUnderSync;
    private volatile boolean stop;

    @BeforeEach
    void prepare() {
        host = new TestHost(folder, "log.file.length=1M");
    }

    @AfterEach
    void end() {
        host.close();
    }

    @Test
    void whatWasAcknowledgedUnderSyncHolds() throws Exception {
        long seed = Long.getLong("msqd.storm.seed", System.nanoTime());
        System.out.println("durability change: seed " + seed);
        random = new Random(seed);
        rounds(3, 24);
    }

    @Test
    @Tag("long")
    void whatWasAcknowledgedUnderSyncHoldsThroughAThousandChanges() throws Exception {
        long seed = Long.getLong("msqd.storm.seed", System.nanoTime());
        System.out.println("durability change: seed " + seed);
        random = new Random(seed);
        rounds(25, 40);
    }

    private void rounds(int rounds, int changes) throws Exception {
        host.startProcess();
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600, QueueOptions.ofQbytes(1 << 20));
        }
        for (int round = 0; round < rounds; round++) {
            round(changes);
        }
        host.stop();
    }

    private void round(int changes) throws Exception {
        stop = false;
        List<Party> parties = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        boolean flushed = random.nextBoolean();
        try (Msqd msqd = host.connect()) {
            for (int i = 0; i < PARTIES; i++) {
                parties.add(new Party(msqd, i, true));
                parties.add(new Party(msqd, i, false));
            }
            parties.forEach(party -> threads.add(Thread.ofPlatform().start(party::run)));
            Durability[] levels = Durability.values();
            for (int i = 0; i < changes; i++) {
                setLevel(msqd, levels[random.nextInt(levels.length)]);
                Thread.sleep(random.nextInt(30));
            }
            setLevel(msqd, Durability.SYNC);
            awaitSendUnderSync();
            Thread.sleep(random.nextInt(50));
            stop = true;
            for (Thread thread : threads) {
                thread.join();
            }
            if (flushed) {
                try (MessageQueue queue = msqd.open(msqid)) {
                    queue.send(LAST_TYPE, new byte[0], 0, 0);
                }
            } else if (random.nextBoolean()) {
                setLevel(msqd, Durability.INTERVAL);
            }
            host.kill();
        }
        host.loseHotDirectory();
        host.startProcess();
        check(parties, flushed);
    }

    /** From then on the log has caught up with what was sent under any level. */
    private void awaitSendUnderSync() throws InterruptedException {
        long before = sentUnderSync;
        while (sentUnderSync == before) {
            Thread.sleep(1);
        }
    }

    private void setLevel(Msqd msqd, Durability level) {
        int now = period;
        period = now + 2 & ~1;
        msqd.set(msqid, QueueSettings.none().withDurability(level));
        if (level == Durability.SYNC) {
            period |= 1;
        }
    }

    private void check(List<Party> parties, boolean flushed) {
        Map<Long, Integer> found = new HashMap<>();
        long[] last = new long[PARTIES];
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            while (queue.tryReceive(Selector.any(), (mtype, buffer, offset, length) -> {
                if (mtype != LAST_TYPE) {
                    long id = buffer.getLong(offset);
                    assertEquals(0, found.merge(id, 1, Integer::sum) - 1, "message " + id + " is there twice");
                    int sender = (int) (id >>> 32);
                    assertTrue(id > last[sender], "message " + id + " comes after " + last[sender]);
                    last[sender] = id;
                }
            })) {
                // until it is empty
            }
        }
        Map<Long, Boolean> received = new HashMap<>();
        for (Party party : parties) {
            if (!party.sends) {
                party.done
                    .forEach((id, strictly) -> assertEquals(null, received.put(id, strictly), "received twice: " + id));
            }
        }
        List<String> faults = new ArrayList<>();
        int kept = 0;
        int gone = 0;
        for (Party party : parties) {
            for (Map.Entry<Long, Boolean> entry : party.done.entrySet()) {
                long id = entry.getKey();
                if (party.sends && entry.getValue()) {
                    kept++;
                    if (!found.containsKey(id) && !received.containsKey(id)) {
                        faults.add("message " + id + ", acknowledged under sync, is lost");
                    }
                }
                if (!party.sends && entry.getValue()) {
                    gone++;
                    if (found.containsKey(id)) {
                        faults.add("message " + id + ", received under sync, is back");
                    }
                }
            }
        }
        if (flushed) {
            // The last message under sync took everything with it.
            for (Party party : parties) {
                party.done.keySet().stream()
                    .filter(id -> party.sends == (!found.containsKey(id) && !(party.sends && received.containsKey(id))))
                    .forEach(id -> faults.add("message " + id + (party.sends ? ", sent" : ", received")
                        + " before a commit, is " + (party.sends ? "lost" : "back")));
            }
        }
        System.out.printf("durability change: %d sent and %d received under sync, %d found afterwards%n", kept, gone,
            found.size());
        assertTrue(kept > 0);
        assertEquals(List.of(), faults.subList(0, Math.min(10, faults.size())), faults.size() + " faults");
    }

    /** One who sends, or receives, and notes what was acknowledged, and whether that was under sync for certain. */
    private final class Party {
        private final Msqd msqd;
        private final int number;
        private final boolean sends;
        private final Map<Long, Boolean> done = new HashMap<>();

        Party(Msqd msqd, int number, boolean sends) {
            this.msqd = msqd;
            this.number = number;
            this.sends = sends;
        }

        void run() {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
            long[] id = {(long) number << 32};
            try (MessageQueue queue = msqd.open(msqid)) {
                while (!stop) {
                    int before = period;
                    boolean acknowledged;
                    if (sends) {
                        buffer.putLong(0, id[0] + 1);
                        acknowledged = queue.trySend(1 + number, buffer, 0, buffer.capacity());
                        id[0] += acknowledged ? 1 : 0;
                    } else {
                        int length =
                            queue.receive(Selector.any(), buffer, 0, buffer.capacity(), 10, TimeUnit.MILLISECONDS);
                        acknowledged = length != MessageQueue.NONE;
                        id[0] = buffer.getLong(0);
                    }
                    if (acknowledged) {
                        boolean underSync = (before & 1) == 1 && period == before;
                        done.put(id[0], underSync);
                        if (sends && underSync) {
                            sentUnderSync = id[0];
                        }
                    }
                    LockSupport.parkNanos(sends ? 200_000 : 300_000);
                }
            }
        }
    }
}
