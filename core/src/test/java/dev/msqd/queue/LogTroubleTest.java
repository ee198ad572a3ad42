package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A queue whose messages go into a log on disk, while that log is late or can't be written: nothing comes in, what is queued is received. */
@Timeout(60)
class LogTroubleTest {
    private final QueueFixture queue = new QueueFixture(1_000_000);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    @BeforeEach
    void sendOne() {
        queue.state().durability(Durability.INTERVAL);
        assertTrue(sender.trySend(1, "a"));
    }

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void whileTheLogIsLateNothingComesIn() {
        queue.system().logged(System.nanoTime() - TimeUnit.HOURS.toNanos(1));
        Peer another = new Peer(queue.remoteEndpoint());
        queue.system().maxLag(1);
        for (int tries = 0; tries < 3; tries++) {
            assertFalse(another.trySend(1, "b"));
        }
        assertEquals("1:a", receiver.tryReceive(Selector.any()));
        queue.system().maxLag(0);
        assertTrue(another.trySend(1, "c"));
    }

    @Test
    void whileTheLogCannotBeWrittenSendingFails() {
        queue.state().logFault(StateDescriptor.logFault(Errno.ENOSPC, false));
        for (int tries = 0; tries < 3; tries++) {
            ErrnoException e = assertThrows(ErrnoException.class, () -> sender.trySend(1, "b"));
            assertEquals("ENOSPC", e.errnoName());
        }
        assertEquals("1:a", receiver.tryReceive(Selector.any()));
        queue.state().logFault(0);
        assertTrue(sender.trySend(1, "c"));
    }
}
