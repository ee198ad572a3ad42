package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Virtual threads that sleep: their carriers don't. */
@Timeout(60)
class VirtualThreadTest {
    private static final int ROUND_TRIPS = 2_000;
    private static final long FOREVER = Long.MAX_VALUE;

    private final QueueFixture queue = new QueueFixture(100);

    @AfterEach
    void close() {
        queue.close();
    }

    private Peer peer() {
        return new Peer(queue.remoteEndpoint());
    }

    private static AsyncCall<String> startReceive(Peer peer, Selector selector) {
        return AsyncCall.startVirtual(() -> peer.receive(selector));
    }

    @Test
    void manyMoreSleepThanThereAreCarriers() throws Exception {
        int count = 2 * Runtime.getRuntime().availableProcessors() + 2;
        List<Peer> peers = new ArrayList<>();
        List<AsyncCall<String>> calls = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            peers.add(peer());
            calls.add(startReceive(peers.getLast(), Selector.type(i)));
            // Hangs once all carriers sleep, if they did.
            peers.getLast().awaitAsleep();
        }
        Peer sender = peer();
        AsyncCall<Boolean> sent = AsyncCall.startVirtual(() -> {
            for (int i = 1; i <= count; i++) {
                sender.send(i, "x");
            }
            return true;
        });
        assertTrue(sent.result());
        for (int i = 1; i <= count; i++) {
            assertEquals(i + ":x", calls.get(i - 1).result());
        }
        assertEquals(0, queue.messages());
    }

    @Test
    void manyMoreSendersSleepThanThereAreCarriers() throws Exception {
        queue.limit(0);
        int count = 2 * Runtime.getRuntime().availableProcessors() + 2;
        List<AsyncCall<Boolean>> calls = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            int mtype = i;
            Peer peer = peer();
            calls.add(AsyncCall.startVirtual(() -> peer.send(mtype, "x")));
            peer.awaitAsleep();
        }
        queue.limit(1);
        Peer receiver = peer();
        AsyncCall<Integer> received = AsyncCall.startVirtual(() -> {
            int messages = 0;
            while (messages < count) {
                receiver.receive(Selector.any());
                messages++;
            }
            return messages;
        });
        assertEquals(count, received.result());
        for (AsyncCall<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertEquals(0, queue.messages());
    }

    @Test
    void twoTalkOnOneCarrier() throws Exception {
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
            "-XX:+UseSerialGC", "-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1", "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            OneCarrier.class.getName());
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            assertEquals(OneCarrier.DONE, new String(child.getInputStream().readAllBytes()).strip());
            assertEquals(0, child.waitFor());
        } finally {
            child.destroyForcibly();
        }
    }

    /** The other process: two virtual threads and a single carrier. */
    static final class OneCarrier {
        static final String DONE = ROUND_TRIPS + " round trips";

        private OneCarrier() {}

        public static void main(String[] args) throws Exception {
            try (QueueFixture queue = new QueueFixture(1)) {
                Peer here = new Peer(queue.remoteEndpoint());
                Peer there = new Peer(queue.remoteEndpoint());
                AsyncCall<String> echo = AsyncCall.startVirtual(() -> talk(there, 1, 2));
                AsyncCall<String> call = AsyncCall.startVirtual(() -> {
                    here.send(1, "");
                    return talk(here, 2, 1);
                });
                assertEquals("2:", call.result());
                assertEquals("1:", echo.result());
                System.out.println(DONE);
            }
        }

        private static String talk(Peer peer, long from, long to) {
            String last = null;
            for (int trip = 0; trip < ROUND_TRIPS; trip++) {
                last = peer.receive(Selector.type(from));
                if (to == 2 || trip < ROUND_TRIPS - 1) {
                    peer.send(to, "");
                }
            }
            return last;
        }
    }

    @Test
    void interruptEndsTheSleepWithEintr() throws Exception {
        Peer peer = peer();
        for (int i = 0; i < 50; i++) {
            AsyncCall<String> call = startReceive(peer, Selector.any());
            peer.awaitAsleep();
            call.interrupt();
            // R55
            call.assertFailed(Errno.EINTR);
        }
        queue.limit(0);
        AsyncCall<Boolean> send = AsyncCall.startVirtual(() -> peer.send(1, "x"));
        peer.awaitAsleep();
        send.interrupt();
        // R26
        send.assertFailed(Errno.EINTR);
        assertEquals(0, queue.messages());
    }

    @Test
    void messageHandedOverWinsOverAnInterrupt() throws Exception {
        Peer sender = peer();
        Peer receiver = peer();
        for (int i = 0; i < 100; i++) {
            AsyncCall<String> call = startReceive(receiver, Selector.any());
            receiver.awaitAsleep();
            assertTrue(sender.trySend(1, "x"));
            call.interrupt();
            // R55
            assertEquals("1:x", call.result());
        }
    }

    @Test
    void timeoutRemovalAndCloseEndTheSleep() throws Exception {
        Peer peer = peer();
        AsyncCall<String> timed =
            AsyncCall.startVirtual(() -> peer.receive(Selector.any(), 9, TimeUnit.MILLISECONDS.toNanos(5)));
        assertNull(timed.result());
        AsyncCall<String> closed = startReceive(peer, Selector.any());
        peer.awaitAsleep();
        peer.endpoint.close();
        closed.assertFailed(Errno.EINVAL);
        Peer next = peer();
        AsyncCall<String> removed = AsyncCall.startVirtual(() -> next.receive(Selector.any(), 9, FOREVER));
        next.awaitAsleep();
        queue.keeper().markRemoved();
        // R54
        removed.assertFailed(Errno.EIDRM);
    }
}
