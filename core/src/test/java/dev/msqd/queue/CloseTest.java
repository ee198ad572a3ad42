package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The end of an endpoint: by its own thread, or by another while it sleeps. */
@Timeout(60)
class CloseTest {
    private final QueueFixture queue = new QueueFixture(100);
    private final Peer other = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    private static void assertErrno(int errno, Executable call) {
        assertEquals(Errno.name(errno), assertThrows(ErrnoException.class, call).errnoName());
    }

    @Test
    void everyCallOfAClosedOneIsRefused() {
        Peer peer = new Peer(queue.endpoint());
        peer.endpoint.close();
        assertErrno(Errno.EINVAL, () -> peer.trySend(1, "x"));
        assertErrno(Errno.EINVAL, () -> peer.send(1, "x"));
        assertErrno(Errno.EINVAL, () -> peer.tryReceive(Selector.any()));
        assertErrno(Errno.EINVAL, () -> peer.receive(Selector.any()));
        assertErrno(Errno.EINVAL, () -> peer.endpoint.receiver().browse(0));
        assertErrno(Errno.EINVAL, () -> peer.endpoint.sender().tryClaim(1, 0));
        assertErrno(Errno.EINVAL, () -> peer.endpoint.sender().commit(0));
        assertErrno(Errno.EINVAL, () -> peer.endpoint.sender().abort(0));
        assertErrno(Errno.EINVAL, () -> peer.endpoint.sender().endPosition());
        assertErrno(Errno.EINVAL, () -> peer.endpoint.sender().queuedBytes());
        assertEquals(0, queue.messages());
    }

    @Test
    void endsOnce() {
        AtomicInteger ends = new AtomicInteger();
        Endpoint endpoint = queue.endpoint(ends::incrementAndGet);
        assertEquals(0, ends.get());
        endpoint.close();
        endpoint.close();
        assertEquals(1, ends.get());
    }

    @Test
    void slotIsFreeForTheNext() {
        Endpoint first = queue.endpoint();
        int index = first.slot().index();
        int tag = first.slot().tag();
        first.close();
        Endpoint next = queue.endpoint();
        assertEquals(index, next.slot().index());
        assertFalse(tag == next.slot().tag());
    }

    @Test
    void wakesASleepingReceiver() throws Exception {
        AtomicInteger ends = new AtomicInteger();
        Peer sleeper = new Peer(queue.endpoint(ends::incrementAndGet));
        AsyncCall<String> call = sleeper.startReceive(Selector.any());
        sleeper.awaitAsleep();
        sleeper.endpoint.close();
        call.assertFailed(Errno.EINVAL);
        assertEquals(1, ends.get());
        assertEquals(sleeper.endpoint.slot().index(), queue.endpoint().slot().index());
        assertTrue(other.trySend(1, "x"));
        assertEquals(1, queue.messages());
    }

    @Test
    void wakesASleepingSender() throws Exception {
        queue.limit(0);
        AtomicInteger ends = new AtomicInteger();
        Peer sleeper = new Peer(queue.endpoint(ends::incrementAndGet));
        AsyncCall<Boolean> call = sleeper.startSend(1, "x");
        sleeper.awaitAsleep();
        sleeper.endpoint.close();
        call.assertFailed(Errno.EINVAL);
        assertEquals(1, ends.get());
        assertEquals(sleeper.endpoint.slot().index(), queue.endpoint().slot().index());
        queue.limit(100);
        assertNull(other.tryReceive(Selector.any()));
    }

    @Test
    void closeOfTheMemoryItselfIsSafe() {
        try (QueueFixture doomed = new QueueFixture(100)) {
            Peer peer = new Peer(doomed.endpoint());
            assertTrue(peer.trySend(1, "x"));
            doomed.memory().close();
            assertErrno(Errno.EINVAL, () -> peer.trySend(1, "x"));
            assertErrno(Errno.EINVAL, () -> peer.tryReceive(Selector.any()));
            peer.endpoint.close();
        }
    }

    @Test
    void messageInItsOwnHandIsFinishedFirst() {
        for (boolean consumed : new boolean[] {true, false}) {
            assertTrue(other.trySend(1, "a"));
            assertTrue(other.trySend(1, "b"));
            AtomicInteger ends = new AtomicInteger();
            Peer peer = new Peer(queue.endpoint(ends::incrementAndGet));
            Receiver hand = peer.endpoint.receiver();
            assertEquals(Receiver.TAKEN, hand.take(Selector.any(), 10, 0));
            peer.endpoint.close();
            assertEquals(0, ends.get());
            assertErrno(Errno.EINVAL, () -> peer.trySend(1, "x"));
            assertEquals("1:a", peer.message());
            if (consumed) {
                assertTrue(hand.consume());
            } else {
                hand.giveBack();
            }
            assertEquals(1, ends.get());
            assertErrno(Errno.EINVAL, () -> peer.tryReceive(Selector.any()));
            // Invariant 3
            assertEquals(consumed ? 1 : 2, queue.messages());
            assertEquals(consumed ? "1:b" : "1:a", other.tryReceive(Selector.any()));
            assertEquals(consumed ? null : "1:b", other.tryReceive(Selector.any()));
        }
    }

    @Test
    void anotherThreadWaitsForTheMessageInHand() throws Exception {
        assertTrue(other.trySend(1, "a"));
        Peer peer = new Peer(queue.remoteEndpoint());
        assertEquals(Receiver.TAKEN, peer.endpoint.receiver().take(Selector.any(), 10, 0));
        AsyncCall<Void> closing = AsyncCall.start(() -> {
            peer.endpoint.close();
            return null;
        });
        while (!isClosed(peer)) {
            Thread.sleep(1);
        }
        assertFalse(closing.isDone());
        // Its memory is still there.
        assertEquals("1:a", peer.message());
        assertTrue(peer.endpoint.receiver().consume());
        closing.result();
        assertEquals(0, queue.messages());
    }

    /** Without a message in hand the call would have to wait; with one it must not be made at all. */
    private static boolean isClosed(Peer peer) {
        return assertThrows(RuntimeException.class, () -> peer.endpoint.receiver().browse(0)) instanceof ErrnoException;
    }

    @Test
    void messageIsFinishedOnce() {
        assertTrue(other.trySend(1, "a"));
        Receiver hand = other.endpoint.receiver();
        assertThrows(IllegalStateException.class, hand::consume);
        assertThrows(IllegalStateException.class, hand::giveBack);
        assertEquals(Receiver.TAKEN, hand.take(Selector.any(), 10, 0));
        hand.giveBack();
        // Invariant 2: AVAILABLE does not become CONSUMED
        assertThrows(IllegalStateException.class, hand::consume);
        assertEquals(1, queue.messages());
        assertEquals(Receiver.TAKEN, hand.take(Selector.any(), 10, 0));
        assertTrue(hand.consume());
        assertThrows(IllegalStateException.class, hand::giveBack);
        assertEquals(0, queue.messages());
        assertNull(other.tryReceive(Selector.any()));
    }

    @Test
    void claimIsGivenUp() {
        Peer peer = new Peer(queue.endpoint());
        assertTrue(peer.endpoint.sender().tryClaim(1, 60) >= 0);
        assertTrue(peer.endpoint.sender().tryClaim(1, 40) >= 0);
        assertFalse(other.trySend(1, "x"));
        peer.endpoint.close();
        // Invariant 5: what nobody will ever finish does not count
        assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
        assertTrue(other.trySend(1, "x".repeat(100)));
        assertEquals("1:" + "x".repeat(100), other.tryReceive(Selector.any()));
    }

    @Test
    void claimGivenUpWakesSenders() throws Exception {
        Peer peer = new Peer(queue.endpoint());
        Peer sleeper = new Peer(queue.endpoint());
        assertTrue(peer.endpoint.sender().tryClaim(1, 100) >= 0);
        AsyncCall<Boolean> call = sleeper.startSend(2, "y");
        long word = sleeper.awaitAsleep();
        peer.endpoint.close();
        // R30
        assertFalse(word == sleeper.waiterWord());
        assertTrue(call.result());
    }

    @Test
    void messageHandedToOneThatIsClosedIsNotLost() throws Exception {
        for (int i = 0; i < 300; i++) {
            Peer sleeper = new Peer(queue.remoteEndpoint());
            AsyncCall<String> call = sleeper.startReceive(Selector.any());
            sleeper.awaitAsleep();
            assertTrue(other.trySend(1, "x"));
            sleeper.endpoint.close();
            // Received, or in its place: one of the two (invariant 3)
            boolean received;
            try {
                received = "1:x".equals(call.result());
            } catch (ErrnoException | AssertionError e) {
                received = false;
            }
            assertEquals(received ? 0 : 1, queue.messages(), "round " + i);
            assertEquals(received ? null : "1:x", other.tryReceive(Selector.any()), "round " + i);
        }
    }

    @Test
    void sourceOutOfBoundsClaimsNothing() {
        Peer peer = new Peer(queue.endpoint());
        UnsafeBuffer source = new UnsafeBuffer(new byte[10]);
        // R17: what can't be read is found before the queue is touched
        assertThrows(RuntimeException.class, () -> peer.endpoint.sender().send(1, source, 5, 6, 0));
        assertThrows(RuntimeException.class, () -> peer.endpoint.sender().send(1, null, 0, 6, 0));
        assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
        assertTrue(peer.trySend(1, "x".repeat(100)));
        assertEquals("1:" + "x".repeat(100), other.tryReceive(Selector.any()));
    }
}
