package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** msgtql: the limit of messages on all queues together (R78). */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class MessageLimitTest {
    private static final int MSGTQL = 3;
    /** At one a millisecond they take far less than {@link Parker#MAX_SLEEP_NS}. */
    private static final int MAX_LOOKS = 200;
    private static final long NO_MSGMAX = Long.MAX_VALUE;

    private final QueueFixture one = new QueueFixture(1 << 20);
    private final QueueFixture two = new QueueFixture(1 << 20, one);
    private final SystemLimits system = one.system();
    private final Peer first = new Peer(one.remoteEndpoint());
    private final Peer second = new Peer(two.remoteEndpoint());

    MessageLimitTest() {
        system.set(NO_MSGMAX, MSGTQL);
    }

    @AfterEach
    void close() {
        two.close();
        one.close();
    }

    private void fill() {
        assertTrue(first.trySend(1, "a"));
        assertTrue(second.trySend(1, "b"));
        assertTrue(first.trySend(1, "c"));
    }

    private void awaitBellSleeper() throws Exception {
        while (!isBellSleeper()) {
            Thread.sleep(1); // the test's time limit is the watchdog
        }
    }

    private boolean isBellSleeper() throws IOException {
        String argument = " 0x" + Long.toHexString(system.bellAddress()) + " ";
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.anyMatch(thread -> systemCall(thread).contains(argument));
        }
    }

    /** Who was just woken shows as asleep until a processor takes it up: only who stays so was forgotten. */
    private void assertWoken(AsyncCall<?> call) throws Exception {
        int looks = 0;
        while (!call.isDone()) {
            looks = isBellSleeper() ? looks + 1 : 0;
            assertTrue(looks < MAX_LOOKS, "it sleeps on");
            Thread.sleep(1);
        }
    }

    private static String systemCall(Path thread) {
        try {
            return Files.readString(thread.resolve("syscall"));
        } catch (IOException e) {
            return ""; // the thread has ended
        }
    }

    @Test
    void holdsForAllQueuesTogether() {
        fill();
        // R78
        assertFalse(first.trySend(1, "d"));
        assertFalse(second.trySend(1, "d"));
        assertEquals(MSGTQL, system.messages());
        assertEquals("1:b", second.tryReceive(Selector.any()));
        assertTrue(first.trySend(1, "d"));
        assertFalse(second.trySend(1, "e"));
    }

    @Test
    void receiveOnAnyQueueWakesSendersOfAll() throws Exception {
        fill();
        AsyncCall<Boolean> sender = second.startSend(1, "d");
        awaitBellSleeper();
        assertFalse(sender.isDone());
        // R78
        assertEquals("1:a", first.tryReceive(Selector.any()));
        assertTrue(sender.result());
        assertEquals(MSGTQL, system.messages());
    }

    @Test
    void whoDoesNotGetTheRoomSleepsOn() throws Exception {
        fill();
        AsyncCall<Boolean> one = first.startSend(1, "d");
        awaitBellSleeper();
        Peer third = new Peer(two.remoteEndpoint());
        AsyncCall<Boolean> other = third.startSend(1, "e");
        second.tryReceive(Selector.any());
        while (!one.isDone() && !other.isDone()) {
            Thread.sleep(1);
        }
        awaitBellSleeper();
        assertEquals(MSGTQL, system.messages());
        // Neither waits for the queue that was received from.
        assertEquals("1:a", first(Selector.any()));
        assertTrue(one.result());
        assertTrue(other.result());
    }

    private String first(Selector selector) {
        return new Peer(one.remoteEndpoint()).tryReceive(selector);
    }

    @Test
    void fullQueueKeepsNothingCounted() {
        try (QueueFixture small = new QueueFixture(1, one)) {
            Peer peer = new Peer(small.remoteEndpoint());
            assertTrue(peer.trySend(1, "x"));
            assertFalse(peer.trySend(1, "y"));
            assertEquals(1, system.messages());
        }
    }

    @Test
    void claimCountsUntilItIsAbortedOrReceived() {
        Sender sender = first.endpoint.sender();
        long aborted = sender.tryClaim(1, 8);
        assertEquals(1, system.messages());
        sender.abort((int) aborted);
        assertEquals(0, system.messages());
        sender.commit((int) sender.tryClaim(1, 8));
        assertEquals(1, system.messages());
        sender.tryClaim(1, 8);
        first.endpoint.close();
        assertEquals(1, system.messages());
    }

    @Test
    void messageThatWasTakenBackCountsStill() {
        assertTrue(first.trySend(1, "a"));
        Receiver receiver = new Peer(one.remoteEndpoint()).endpoint.receiver();
        assertEquals(Receiver.TAKEN, receiver.take(Selector.any(), 8, 0));
        // Everybody is declared dead.
        one.keeper().repair(client -> false);
        // Invariant 3: it was not received; R78: so it counts.
        assertFalse(receiver.consume());
        assertEquals(1, system.messages());
        assertEquals("1:a", first(Selector.any()));
        assertEquals(0, system.messages());
    }

    @Test
    void raisingAndLiftingTheLimitWakes() throws Exception {
        fill();
        AsyncCall<Boolean> sender = first.startSend(1, "d");
        awaitBellSleeper();
        system.set(NO_MSGMAX, MSGTQL + 1);
        assertWoken(sender);
        assertTrue(sender.result());
        sender = second.startSend(1, "e");
        awaitBellSleeper();
        system.set(NO_MSGMAX, 0);
        assertTrue(sender.result());
    }

    @Test
    void removalInterruptAndCloseEndTheWait() throws Exception {
        fill();
        AsyncCall<Boolean> sender = first.startSend(1, "d");
        awaitBellSleeper();
        sender.interrupt();
        assertWoken(sender);
        // R26
        assertEquals(Errno.EINTR, assertThrows(ErrnoException.class, sender::result).errno());
        sender = first.startSend(1, "d");
        awaitBellSleeper();
        one.keeper().markRemoved();
        system.ring();
        // R25
        assertEquals(Errno.EIDRM, assertThrows(ErrnoException.class, sender::result).errno());
        sender = second.startSend(1, "d");
        awaitBellSleeper();
        second.endpoint.close();
        assertWoken(sender);
        assertEquals(Errno.EINVAL, assertThrows(ErrnoException.class, sender::result).errno());
    }

    @Test
    void senderWithATimeGivesUp() {
        fill();
        assertFalse(first.send(1, "d", TimeUnit.MILLISECONDS.toNanos(50)));
        assertEquals(MSGTQL, system.messages());
    }

    @Test
    void keepersCountIsTheTruth() {
        fill();
        assertEquals(2, one.keeper().messages());
        assertEquals(1, two.keeper().messages());
        // What a death left counted.
        assertTrue(system.correct(system.countWord(), MSGTQL + 2));
        assertEquals("1:a", first.tryReceive(Selector.any()));
        assertFalse(first.trySend(1, "d"));
        long word = system.countWord();
        assertTrue(system.correct(word, one.keeper().messages() + two.keeper().messages()));
        // Nobody's count holds when a message came or went since.
        assertFalse(system.correct(word, 0));
        assertTrue(first.trySend(1, "d"));
        assertFalse(first.trySend(1, "e"));
    }

    @Test
    void keeperCountsOneMoreForWhoIsCounting() {
        first.endpoint.slot().counting(true);
        assertEquals(1, one.keeper().messages());
        first.endpoint.slot().counting(false);
        assertEquals(0, one.keeper().messages());
    }

    /** Two queues, two senders and a receiver each: never too many, nobody left asleep, and nothing counted in the end. */
    @Test
    void holdsUnderStress() throws Exception {
        int count = 20_000;
        AtomicLong highest = new AtomicLong();
        List<AsyncCall<Boolean>> calls = new ArrayList<>();
        for (QueueFixture queue : List.of(one, two)) {
            for (int sender = 0; sender < 2; sender++) {
                Peer peer = new Peer(queue.remoteEndpoint());
                calls.add(AsyncCall.start(() -> {
                    for (int i = 0; i < count; i++) {
                        assertTrue(peer.send(1, "x"));
                    }
                    return true;
                }));
            }
            Peer peer = new Peer(queue.remoteEndpoint());
            calls.add(AsyncCall.start(() -> {
                for (int i = 0; i < 2 * count; i++) {
                    assertEquals("1:x", peer.receive(Selector.any()));
                    highest.accumulateAndGet(system.messages(), Math::max);
                }
                return true;
            }));
        }
        for (AsyncCall<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertTrue(highest.get() <= MSGTQL, "counted " + highest);
        assertEquals(0, system.messages());
        assertEquals(0, one.keeper().messages() + two.keeper().messages());
    }
}
