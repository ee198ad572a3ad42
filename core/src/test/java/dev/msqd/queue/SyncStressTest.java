package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Senders and receivers of a sync queue while its log is written, sometimes fails and is written anew: at any moment, what a power cut
 * would leave must hold all that was acknowledged as sent and nothing that was acknowledged as received.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SyncStressTest {
    private static final int PARTIES = 3;
    private static final int MESSAGES = 1500;
    private static final long EVERYTHING = Long.MAX_VALUE;
    private static final int EIO = 5;

    private final Set<Long> sent = ConcurrentHashMap.newKeySet();
    private final Set<Long> taken = ConcurrentHashMap.newKeySet();
    private final Set<Long> received = ConcurrentHashMap.newKeySet();
    private final Set<Long> refused = ConcurrentHashMap.newKeySet();
    private final DiskModel disk = new DiskModel();
    private final CountDownLatch senders = new CountDownLatch(PARTIES);
    private volatile boolean stopping;
    private int cuts;

    @Test
    void aPowerCutLosesNothingThatWasAcknowledged() throws InterruptedException, ExecutionException {
        try (QueueFixture queue = new QueueFixture(64 << 10, 16 * 1024);
            ExecutorService threads = Executors.newCachedThreadPool()) {
            queue.state().durability(Durability.SYNC);
            List<Future<?>> parties = new ArrayList<>();
            for (int party = 0; party < PARTIES; party++) {
                long base = (long) party << 32;
                Endpoint sender = queue.remoteEndpoint();
                Endpoint receiver = queue.remoteEndpoint();
                parties.add(threads.submit(() -> send(sender, base)));
                parties.add(threads.submit(() -> receive(receiver)));
            }
            Future<?> log = threads.submit(() -> log(queue));
            try {
                while (parties.stream().anyMatch(party -> !party.isDone())) {
                    if (log.isDone()) {
                        log.get();
                    }
                    cutThePower();
                    Thread.sleep(1);
                }
                for (Future<?> party : parties) {
                    party.get();
                }
            } finally {
                stopping = true;
                queue.state().durability(Durability.PROCESS);
                threads.shutdownNow();
            }
            log.get();
            assertEquals(List.of(), disk.live());
            assertEquals(0, queue.messages());
            assertTrue(received.containsAll(sent), "lost");
            assertTrue(cuts > 0);
        }
    }

    private void cutThePower() {
        cuts++;
        Set<Long> sentBefore = new TreeSet<>(sent);
        Set<Long> receivedBefore = new TreeSet<>(received);
        Set<Long> left = disk.live().stream().map(DiskModel.Message::number).collect(Collectors.toSet());
        sentBefore.removeAll(left);
        sentBefore.removeAll(taken);
        assertEquals(Set.of(), sentBefore, "acknowledged as sent, and lost in the cut");
        receivedBefore.retainAll(left);
        assertEquals(Set.of(), receivedBefore, "acknowledged as received, and back after the cut");
    }

    /** Whoever received got leave by an earlier commit, or by this one when its word comes. */
    private void assertNoneIsBack() {
        assertEquals(List.of(),
            disk.live().stream().map(DiskModel.Message::number).filter(received::contains).toList(),
            "acknowledged as received, and sent to the log after that");
    }

    private void send(Endpoint endpoint, long base) {
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[64]);
        try {
            for (long number = base + 1; number <= base + MESSAGES && !stopping; number++) {
                bytes.putLong(0, number);
                try {
                    assertTrue(endpoint.sender().send(1 + number % 3, bytes, 0, 64, Long.MAX_VALUE));
                    sent.add(number);
                } catch (ErrnoException e) {
                    assertEquals(EIO, e.errno(), e.getMessage());
                    refused.add(number);
                    Thread.yield();
                }
            }
        } finally {
            senders.countDown();
        }
    }

    private void receive(Endpoint endpoint) {
        Receiver receiver = endpoint.receiver();
        while (!stopping) {
            boolean last = senders.getCount() == 0;
            try {
                int result = receiver.take(Selector.any(), Integer.MAX_VALUE, last ? 0 : 5_000_000);
                if (result == Receiver.TAKEN) {
                    long number = receiver.buffer().getLong(receiver.offset());
                    taken.add(number);
                    if (receiver.consume()) {
                        assertTrue(received.add(number), "received twice");
                    }
                } else if (last) {
                    return;
                }
            } catch (ErrnoException e) {
                assertEquals(EIO, e.errno(), e.getMessage());
                Thread.yield();
            }
        }
    }

    private void log(QueueFixture queue) {
        Random random = new Random(1);
        QueueTail tail = queue.keeper().tail(disk);
        boolean faulty = false;
        while (!stopping) {
            int ticket = tail.tickets().last();
            tail.tailer().collect(tail.tailer().endPosition(), true, false);
            if (random.nextInt(50) == 0) {
                disk.drop();
                tail.tailer().abandon();
                tail.fault(EIO);
                anew(tail);
                faulty = true;
            } else {
                disk.commit();
                assertNoneIsBack();
                tail.tailer().committed();
                tail.tickets().serve(ticket);
            }
            if (faulty) {
                tail.fault(0);
                faulty = false;
            }
            tail.tickets().await(ticket, 10_000, 1_000_000);
        }
        tail.close();
    }

    private void anew(QueueTail tail) {
        long limit = tail.tailer().endPosition();
        boolean more = tail.tailer().collectAll(true, limit);
        while (more) {
            more = tail.tailer().collectAll(false, limit);
        }
        disk.replace();
        tail.tailer().committed();
    }
}
