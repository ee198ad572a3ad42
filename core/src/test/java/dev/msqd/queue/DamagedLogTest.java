package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.RecordDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A damaged record is in the way of what lies behind it, not of what a receiver passed before. */
@Timeout(60)
class DamagedLogTest {
    private final QueueFixture queue = new QueueFixture(1_000_000);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    /** Also when the walk that met the damage had begun anew, because a message had gone back to its place. */
    @Test
    void whatWasPassedBeforeADamagedRecordIsReceived() {
        assertTrue(sender.trySend(1, "a"));
        assertTrue(sender.trySend(2, "b"));
        assertTrue(sender.trySend(3, "c"));
        assertEquals(Receiver.TAKEN, receiver.endpoint.receiver().take(Selector.any(), 10, 0));
        receiver.endpoint.receiver().giveBack();
        queue.memory().segment(0).putLong(2 * RecordDescriptor.ALIGNMENT, RecordDescriptor.header(1, 1));

        assertThrows(ErrnoException.class, () -> receiver.tryReceive(Selector.type(5)));
        assertEquals("1:a", receiver.tryReceive(Selector.any()));
        assertEquals("2:b", receiver.tryReceive(Selector.type(2)));
        assertThrows(ErrnoException.class, () -> receiver.tryReceive(Selector.any()));
    }
}
