package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.log.Cursor;
import dev.msqd.log.Slot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The count that msgtql limits is never below the truth, whenever the daemon counts (R78). */
class MessageCountTest {
    private static final int MSGTQL = 3;

    private final QueueFixture one = new QueueFixture(1 << 20);
    private final QueueFixture two = new QueueFixture(1 << 20, one);
    private final SystemLimits system = one.system();
    private final Peer first = new Peer(one.remoteEndpoint());
    private final Peer second = new Peer(two.remoteEndpoint());

    MessageCountTest() {
        system.set(Long.MAX_VALUE, MSGTQL);
    }

    @AfterEach
    void close() {
        two.close();
        one.close();
    }

    /** As the daemon does. */
    private boolean recount(QueueFixture... queues) {
        long word = system.countWord();
        long messages = 0;
        for (QueueFixture queue : queues) {
            long inQueue = queue.keeper().messages();
            if (inQueue < 0) {
                return false;
            }
            messages += inQueue;
        }
        return system.correct(word, messages);
    }

    /** A message in hand when its queue is removed is counted no more after the daemon's count, and must not be uncounted then. */
    @Test
    void messageOfARemovedQueueIsNotUncountedTwice() {
        assertTrue(first.trySend(1, "a"));
        assertTrue(second.trySend(1, "b"));
        assertTrue(second.trySend(1, "c"));
        Receiver receiver = first.endpoint.receiver();
        assertEquals(Receiver.TAKEN, receiver.take(Selector.any(), 10, 0));
        one.keeper().markRemoved();
        assertTrue(recount(two));
        assertEquals(2, system.messages());
        // R54: a message that one has is received.
        receiver.consume();
        assertEquals(2, system.messages(), "there are two");
    }

    /** The same with what was claimed and is given up when the endpoint is closed. */
    @Test
    void claimsOfARemovedQueueAreNotUncountedTwice() {
        assertTrue(first.endpoint.sender().tryClaim(1, 8) >= 0);
        assertTrue(second.trySend(1, "b"));
        assertTrue(second.trySend(1, "c"));
        one.keeper().markRemoved();
        assertTrue(recount(two));
        first.endpoint.close();
        assertEquals(2, system.messages(), "there are two");
        assertTrue(second.trySend(1, "d"));
        assertFalse(second.trySend(1, "e"));
    }

    /** A receiver that is between its consuming and its uncounting when the daemon counts. */
    @Test
    void receiverThatIsStoppedBeforeItUncounts() {
        assertTrue(first.trySend(1, "a"));
        assertTrue(second.trySend(1, "b"));
        assertTrue(second.trySend(1, "c"));
        Slot slot = one.chain().slots().acquire(77);
        Cursor cursor = new Cursor(one.chain(), slot, 77);
        assertEquals(Cursor.MESSAGE, cursor.look());
        assertTrue(cursor.take());
        // Receiver.consumeCounted up to its uncount(1), where SIGSTOP comes.
        slot.counting(true);
        assertTrue(cursor.consume());
        recount(one, two);
        // SIGCONT
        system.uncount(1);
        slot.counting(false);
        assertEquals(2, system.messages(), "there are two");
        cursor.release();
        one.chain().slots().release(slot, 77);
    }

    /** One who is stopped while he counts must not keep the others from being counted right: a removal makes room. */
    @Test
    void senderThatIsStoppedWhileItCounts() {
        for (int i = 0; i < MSGTQL; i++) {
            assertTrue(first.trySend(1, "a"));
        }
        Slot stopped = two.chain().slots().acquire(77);
        // Sender.claimCounted up to its count(), where SIGSTOP comes; it finds no room when it goes on.
        stopped.counting(true);
        one.keeper().markRemoved();
        for (int round = 0; round < 10; round++) {
            recount(two);
        }
        assertTrue(second.trySend(1, "b"), "there is no message at all, and no room for one");
        stopped.counting(false);
        two.chain().slots().release(stopped, 77);
    }
}
