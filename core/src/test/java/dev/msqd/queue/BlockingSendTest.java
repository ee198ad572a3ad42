package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Senders that sleep because the queue is full: it is when a test begins, with ten messages of a byte. */
@Timeout(60)
class BlockingSendTest {
    private static final int LIMIT = 10;

    private final QueueFixture queue = new QueueFixture(LIMIT);
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    @BeforeEach
    void fill() {
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(receiver.trySend(1, "x"));
        }
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private Peer sender() {
        return new Peer(queue.remoteEndpoint());
    }

    private void receive(int count) {
        for (int i = 0; i < count; i++) {
            assertEquals("1:x", receiver.tryReceive(Selector.type(1)));
        }
    }

    @Test
    void roomWakes() throws Exception {
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        long word = sender.awaitAsleep();
        receive(1);
        // R30
        assertNotEquals(word, sender.waiterWord());
        assertTrue(call.result());
        assertEquals(LIMIT, queue.messages());
        assertEquals("2:y", receiver.tryReceive(Selector.type(2)));
    }

    @Test
    void roomThatIsTooLittleDoesNotWake() throws Exception {
        Peer large = sender();
        Peer small = sender();
        AsyncCall<Boolean> largeCall = large.startSend(2, "yyyyy");
        long largeWord = large.awaitAsleep();
        AsyncCall<Boolean> smallCall = small.startSend(3, "z");
        small.awaitAsleep();
        receive(1);
        // R30, R32: the small one, though it came later
        assertTrue(smallCall.result());
        receive(4);
        assertEquals(largeWord, large.waiterWord());
        receive(1);
        assertTrue(largeCall.result());
        assertEquals(new QueueKeeper.Depth(10, 6), queue.keeper().depth());
    }

    @Test
    void everyoneWhoFitsByItselfIsWoken() throws Exception {
        Peer[] senders = {sender(), sender(), sender()};
        @SuppressWarnings({"unchecked", "rawtypes"})
        AsyncCall<Boolean>[] calls = new AsyncCall[senders.length];
        for (int i = 0; i < senders.length; i++) {
            calls[i] = senders[i].startSend(2, "yyyyyy");
            senders[i].awaitAsleep();
        }
        receive(5);
        long[] words = {senders[0].waiterWord(), senders[1].waiterWord(), senders[2].waiterWord()};
        receive(1);
        // R30: there is room for one, but each of them fits
        for (int i = 0; i < senders.length; i++) {
            assertNotEquals(words[i], senders[i].waiterWord());
        }
        for (int sent = 1; sent <= senders.length; sent++) {
            // R31: no reservation; whoever was too late sleeps again
            while (done(calls) < sent) {
                Thread.sleep(1);
            }
            assertEquals(sent, done(calls));
            assertTrue(queue.bytes() <= LIMIT);
            String message = receiver.tryReceive(Selector.type(2));
            assertEquals("2:yyyyyy", message);
        }
        for (AsyncCall<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertEquals(new QueueKeeper.Depth(4, 4), queue.keeper().depth());
    }

    @Test
    void everyoneIsWokenWhoeverSleptFirst() throws Exception {
        Peer second = sender();
        Peer first = sender();
        AsyncCall<Boolean> firstCall = first.startSend(2, "y");
        long firstWord = first.awaitAsleep();
        AsyncCall<Boolean> secondCall = second.startSend(2, "y");
        long secondWord = second.awaitAsleep();
        queue.limit(LIMIT + 2);
        // R30, R68: the order of tickets is not that of the slots
        assertNotEquals(firstWord, first.waiterWord());
        assertNotEquals(secondWord, second.waiterWord());
        assertTrue(firstCall.result());
        assertTrue(secondCall.result());
    }

    private static int done(AsyncCall<?>[] calls) {
        int done = 0;
        for (AsyncCall<?> call : calls) {
            done += call.isDone() ? 1 : 0;
        }
        return done;
    }

    @Test
    void newcomerMayTakeTheRoomFirst() throws Exception {
        Peer sleeper = sender();
        Peer newcomer = sender();
        for (int i = 0; i < 200; i++) {
            AsyncCall<Boolean> call = sleeper.startSend(2, "y");
            sleeper.awaitAsleep();
            receive(1);
            if (newcomer.trySend(3, "z")) {
                // R31: no reservation; the loser sleeps again
                assertEquals(LIMIT, queue.messages());
                sleeper.awaitAsleep();
                assertFalse(call.isDone());
                assertEquals("3:z", receiver.tryReceive(Selector.type(3)));
            }
            assertTrue(call.result());
            assertEquals("2:y", receiver.tryReceive(Selector.type(2)));
            assertTrue(receiver.trySend(1, "x"));
        }
    }

    @Test
    void smallNewcomerPassesALargeSleeper() throws Exception {
        receive(2);
        Peer large = sender();
        AsyncCall<Boolean> call = large.startSend(2, "yyy");
        long word = large.awaitAsleep();
        // R32
        assertTrue(receiver.trySend(3, "z"));
        assertEquals(word, large.waiterWord());
        receive(2);
        assertTrue(call.result());
    }

    @Test
    void messageCountIsALimitToo() throws Exception {
        receive(LIMIT);
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(receiver.trySend(1, ""));
        }
        Peer sender = sender();
        // R21
        AsyncCall<Boolean> call = sender.startSend(2, "");
        sender.awaitAsleep();
        assertEquals("1:", receiver.tryReceive(Selector.any()));
        assertTrue(call.result());
        assertEquals(new QueueKeeper.Depth(0, LIMIT), queue.keeper().depth());
    }

    @Test
    void longerThanTheLimitSleepsUntilTheLimitGrows() throws Exception {
        receive(LIMIT);
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "0123456789a");
        long word = sender.awaitAsleep();
        // R22, R68
        queue.limit(11);
        assertNotEquals(word, sender.waiterWord());
        assertTrue(call.result());
        assertEquals(new QueueKeeper.Depth(11, 1), queue.keeper().depth());
    }

    @Test
    void raisedLimitWakesThoseWhoFit() throws Exception {
        Peer small = sender();
        Peer large = sender();
        AsyncCall<Boolean> largeCall = large.startSend(2, "yyyyy");
        large.awaitAsleep();
        AsyncCall<Boolean> smallCall = small.startSend(2, "z");
        small.awaitAsleep();
        // R68
        queue.limit(LIMIT + 1);
        assertTrue(smallCall.result());
        large.awaitAsleep();
        assertFalse(largeCall.isDone());
        queue.limit(LIMIT + 6);
        assertTrue(largeCall.result());
    }

    @Test
    void loweredLimitKeepsThemAsleep() throws Exception {
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        sender.awaitAsleep();
        // R67
        queue.limit(5);
        long word = sender.awaitAsleep();
        receive(5);
        assertEquals(word, sender.waiterWord());
        receive(1);
        assertTrue(call.result());
        assertEquals(5, queue.messages());
    }

    @Test
    void abortedClaimMakesRoomThatWakes() throws Exception {
        receive(1);
        Peer writer = sender();
        Peer sleeper = sender();
        long claim = writer.endpoint.sender().tryClaim(2, 1);
        AsyncCall<Boolean> call = sleeper.startSend(3, "z");
        long word = sleeper.awaitAsleep();
        writer.endpoint.sender().abort((int) claim);
        // R30
        assertNotEquals(word, sleeper.waiterWord());
        assertTrue(call.result());
        assertEquals(LIMIT, queue.messages());
    }

    @Test
    void timeoutEndsTheWaitAndNotBefore() {
        Peer sender = sender();
        for (long timeoutNs : new long[] {1, 10_000, 5_000_000, 30_000_000}) {
            long beginNs = System.nanoTime();
            assertFalse(sender.send(2, "y", timeoutNs));
            assertTrue(System.nanoTime() - beginNs >= timeoutNs);
        }
        assertFalse(sender.send(2, "y", -1));
        assertEquals(LIMIT, queue.messages());
        receive(1);
        assertNull(receiver.tryReceive(Selector.type(2)));
        assertTrue(sender.send(2, "y", 1));
    }

    @Test
    void interruptEndsTheSleepWithEintrAndNothingIsSent() throws Exception {
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        sender.awaitAsleep();
        call.interrupt();
        // R26
        call.assertFailed(Errno.EINTR);
        assertFalse(call.wasInterruptedAfterwards());
        receive(LIMIT);
        assertNull(receiver.tryReceive(Selector.any()));
    }

    @Test
    void interruptWinsOverRoomThatComesAfterIt() throws Exception {
        Peer sender = sender();
        for (int i = 0; i < 200; i++) {
            AsyncCall<Boolean> call = sender.startSend(2, "y");
            sender.awaitAsleep();
            call.interrupt();
            receive(1);
            // R27
            call.assertFailed(Errno.EINTR);
            assertNull(receiver.tryReceive(Selector.type(2)));
            assertTrue(receiver.trySend(1, "x"));
        }
    }

    @Test
    void interruptFromBeforeCountsOnlyWhenTheCallHasToWait() throws Exception {
        Peer sender = sender();
        AsyncCall.startInterrupted(() -> sender.send(2, "y")).assertFailed(Errno.EINTR);
        AsyncCall<Boolean> trying = AsyncCall.startInterrupted(() -> sender.trySend(2, "y"));
        assertFalse(trying.result());
        assertTrue(trying.wasInterruptedAfterwards());
        receive(1);
        AsyncCall<Boolean> call = AsyncCall.startInterrupted(() -> sender.send(2, "y"));
        assertTrue(call.result());
        assertTrue(call.wasInterruptedAfterwards());
    }

    @Test
    void removalEndsTheSleepWithEidrm() throws Exception {
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        sender.awaitAsleep();
        queue.keeper().markRemoved();
        // R25
        call.assertFailed(Errno.EIDRM);
        // R15
        AsyncCall.start(() -> sender.send(2, "y")).assertFailed(Errno.EINVAL);
        AsyncCall.start(() -> sender.endpoint.sender().tryClaim(2, 0)).assertFailed(Errno.EINVAL);
    }

    @Test
    void rightTakenAwayEndsTheSleepWithEacces() throws Exception {
        Peer sender = new Peer(queue.remoteEndpoint(QueueFixture.BY_MODE));
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        sender.awaitAsleep();
        queue.mode(0664);
        // R29: it sleeps on, and looks at its right when it is woken
        assertFalse(call.isDone());
        receive(1);
        call.assertFailed(Errno.EACCES);
        AsyncCall.start(() -> sender.trySend(2, "y")).assertFailed(Errno.EACCES);
        queue.mode(0662);
        assertTrue(sender.trySend(2, "y"));
    }

    @Test
    void placeInTheLineIsKeptHoweverLongTheSleep() throws Exception {
        Peer sender = sender();
        AsyncCall<Boolean> call = sender.startSend(2, "y");
        long word = sender.awaitAsleep();
        // It looks by itself meanwhile.
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(Parker.MAX_SLEEP_NS) * 3 / 2);
        // R30: the word bears the ticket
        assertEquals(word, sender.awaitAsleep());
        assertFalse(call.isDone());
        receive(1);
        assertTrue(call.result());
        assertEquals(LIMIT, queue.messages());
    }
}
