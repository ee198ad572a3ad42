package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which message a receiver gets, and what fits: single cases. {@link ModelTest} has the multitude. */
@Timeout(60)
class SelectionTest {
    private final QueueFixture queue = new QueueFixture(1_000_000);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    private void send(String... messages) {
        for (String message : messages) {
            int colon = message.indexOf(':');
            assertTrue(sender.trySend(Long.parseLong(message.substring(0, colon)), message.substring(colon + 1)));
        }
    }

    @Test
    void anyIsFirstInFirstOut() {
        send("5:a", "3:b", "5:c");
        // R38
        assertEquals("5:a", receiver.tryReceive(Selector.any()));
        assertEquals("3:b", receiver.tryReceive(Selector.any()));
        assertEquals("5:c", receiver.tryReceive(Selector.any()));
        // R43
        assertNull(receiver.tryReceive(Selector.any()));
    }

    @Test
    void typeLeavesTheOthersInOrder() {
        send("5:a", "3:b", "5:c", "3:d");
        // R38
        assertEquals("3:b", receiver.tryReceive(Selector.type(3)));
        assertEquals("3:d", receiver.tryReceive(Selector.type(3)));
        assertNull(receiver.tryReceive(Selector.type(3)));
        assertEquals("5:a", receiver.tryReceive(Selector.any()));
        assertEquals("5:c", receiver.tryReceive(Selector.any()));
    }

    @Test
    void exceptIsTheFirstOfAnotherType() {
        send("5:a", "5:b", "3:c", "4:d");
        // R39
        assertEquals("3:c", receiver.tryReceive(Selector.except(5)));
        assertEquals("5:a", receiver.tryReceive(Selector.except(3)));
        assertEquals("4:d", receiver.tryReceive(Selector.except(5)));
        assertNull(receiver.tryReceive(Selector.except(5)));
    }

    @Test
    void upToIsTheLowestTypeFirstInFirstOutWithinIt() {
        send("5:a", "3:b", "4:c", "3:d", "9:e");
        // R40
        assertEquals("3:b", receiver.tryReceive(Selector.upTo(5)));
        assertEquals("3:d", receiver.tryReceive(Selector.upTo(5)));
        assertEquals("4:c", receiver.tryReceive(Selector.upTo(5)));
        assertEquals("5:a", receiver.tryReceive(Selector.upTo(5)));
        assertNull(receiver.tryReceive(Selector.upTo(5)));
        assertEquals("9:e", receiver.tryReceive(Selector.of(Long.MIN_VALUE, false)));
    }

    @Test
    void typesHave64Bits() {
        long[] types = {1, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L, 1L << 32, (1L << 32) + 1,
            Long.MAX_VALUE};
        for (long type : types) {
            send(type + ":x");
        }
        // R18
        for (int i = types.length - 1; i >= 0; i--) {
            assertEquals(types[i] + ":x", receiver.tryReceive(Selector.type(types[i])));
        }
    }

    @Test
    void tooLongKeepsItsPlaceAndNothingSmallerIsTried() {
        send("1:long", "1:s");
        // R41
        assertEquals(Peer.E2BIG, receiver.receive(Selector.any(), 3, 0));
        assertEquals(Peer.E2BIG, receiver.receive(Selector.type(1), 3, 0));
        assertEquals(Peer.E2BIG, receiver.receive(Selector.upTo(7), 3, 0));
        assertEquals(2, queue.messages());
        assertEquals("1:long", receiver.receive(Selector.any(), 4, 0));
        assertEquals("1:s", receiver.receive(Selector.any(), 4, 0));
    }

    @Test
    void limitCountsBytesAndMessages() {
        queue.limit(10);
        // R21
        send("1:0123456789");
        assertFalse(sender.trySend(1, "x"));
        send("1:");
        assertEquals("1:0123456789", receiver.tryReceive(Selector.any()));
        for (int i = 0; i < 9; i++) {
            send("1:");
        }
        assertFalse(sender.trySend(1, ""));
        assertEquals(new QueueKeeper.Depth(0, 10), queue.keeper().depth());
        // R22: longer than the limit is no error
        assertFalse(sender.trySend(1, "01234567890"));
        // R23
        queue.limit(0);
        assertFalse(sender.trySend(1, ""));
        // R67: what is queued stays
        assertEquals(10, queue.messages());
        assertEquals("1:", receiver.tryReceive(Selector.any()));
    }

    @Test
    void smallNewcomersFitWhereLargeOnesDoNot() {
        queue.limit(10);
        send("1:0123456");
        // R32
        assertFalse(sender.trySend(1, "0123"));
        assertTrue(sender.trySend(1, "012"));
    }

    @Test
    void messageBeingWrittenIsPassedAndNotForgotten() {
        Peer other = new Peer(queue.endpoint());
        long claim = sender.endpoint.sender().tryClaim(3, 1);
        assertTrue(other.trySend(3, "b"));
        assertTrue(other.trySend(4, "c"));
        assertNull(receiver.tryReceive(Selector.upTo(2)));
        sender.endpoint.memory().segment((int) (claim >>> Integer.SIZE)).putByte((int) claim, (byte) 'a');
        sender.endpoint.sender().commit((int) claim);
        // Invariant 4: what the receiver has walked past while it was being written comes first now.
        assertEquals("3:a", receiver.tryReceive(Selector.except(4)));
        assertEquals("3:b", receiver.tryReceive(Selector.any()));
        assertEquals("4:c", receiver.tryReceive(Selector.any()));
    }

    @Test
    void orderSurvivesManyTypesThatOthersReceive() {
        Peer other = new Peer(queue.endpoint());
        int types = 255;
        for (int i = 0; i < 2 * types; i++) {
            send((1 + i % types) + ":" + i);
        }
        // The receiver walks past everything; then another one takes the first message of every third type.
        assertNull(receiver.tryReceive(Selector.type(1_000_000)));
        for (int type = 3; type <= types; type += 3) {
            assertEquals(type + ":" + (type - 1), other.tryReceive(Selector.type(type)));
        }
        for (int i = 2 * types; i < 2 * types + 10; i++) {
            send((10_000 + i) + ":" + i);
        }
        assertNull(receiver.tryReceive(Selector.type(1_000_000)));
        int last = -1;
        for (String message = receiver.tryReceive(Selector.any()); message != null; message =
            receiver.tryReceive(Selector.any())) {
            int number = Integer.parseInt(message.substring(message.indexOf(':') + 1));
            // R38
            assertTrue(number > last, number + " after " + last);
            last = number;
        }
        assertEquals(2 * types + 9, last);
        assertEquals(0, queue.messages());
    }

    @Test
    void messageGivenBackIsInItsPlaceForEverybody() {
        Peer other = new Peer(queue.endpoint());
        send("1:a", "2:b", "1:c");
        assertNull(other.tryReceive(Selector.type(9)));
        assertEquals(Receiver.TAKEN, receiver.endpoint.receiver().take(Selector.any(), 100, 0));
        assertEquals("1:a", receiver.message());
        assertEquals("1:c", other.tryReceive(Selector.type(1)));
        receiver.endpoint.receiver().giveBack();
        assertEquals(new QueueKeeper.Depth(2, 2), queue.keeper().depth());
        assertEquals(QueueFixture.pid(3), queue.state().lrpid());
        assertEquals("1:a", other.tryReceive(Selector.any()));
        assertEquals("2:b", receiver.tryReceive(Selector.any()));
    }

    @Test
    void messageInHandMustBeFinishedBeforeTheNext() {
        send("1:a", "1:b");
        Receiver hand = receiver.endpoint.receiver();
        hand.take(Selector.any(), 100, 0);
        assertThrows(IllegalStateException.class, () -> hand.take(Selector.any(), 100, 0));
        assertThrows(IllegalStateException.class, () -> hand.browse(0));
        assertEquals("1:a", receiver.message());
        assertTrue(hand.consume());
        assertEquals("1:b", receiver.tryReceive(Selector.any()));
    }

    @Test
    void browsingTakesNothing() {
        send("5:a", "3:b");
        Receiver browser = receiver.endpoint.receiver();
        // R44
        assertEquals(Receiver.TAKEN, browser.browse(1));
        assertEquals("3:b", receiver.message());
        assertEquals(Receiver.TAKEN, browser.browse(0));
        assertEquals("5:a", receiver.message());
        assertEquals(Receiver.NONE, browser.browse(2));
        assertEquals(Receiver.NONE, browser.browse(-1));
        assertEquals(2, queue.messages());
        assertEquals(0, queue.state().lrpid());
        assertEquals(0, queue.state().rtimeSeconds());
        assertEquals("3:b", receiver.tryReceive(Selector.upTo(9)));
        assertEquals("5:a", receiver.tryReceive(Selector.any()));
    }

    @Test
    void longestMessageFillsASegment() {
        String longest = "x".repeat(sender.endpoint.sender().maxMessageLength());
        for (int i = 0; i < 3; i++) {
            send("1:" + longest, "2:y");
        }
        for (int i = 0; i < 3; i++) {
            assertEquals("1:" + longest, receiver.tryReceive(Selector.type(1)));
            assertEquals("2:y", receiver.tryReceive(Selector.type(2)));
        }
        assertEquals(0, queue.messages());
    }
}
