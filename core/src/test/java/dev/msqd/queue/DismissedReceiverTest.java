package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A receiver that goes on (SIGCONT) after the daemon saw that it was stopped, and before it is dismissed (R56). */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DismissedReceiverTest {
    /** Less than the time after which it looks for itself. */
    private static final long TIMEOUT_NS = Parker.MAX_SLEEP_NS * 3 / 4;

    @AutoClose
    private final QueueFixture queue = new QueueFixture(1000);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    /** It sleeps in futex(2) again, and nobody else tells it that it is out of the line. */
    @Test
    void isWokenToJoinTheLineAgain() throws Exception {
        AsyncCall<String> receive = AsyncCall.start(() -> receiver.receive(Selector.any(), 10, TIMEOUT_NS));
        QueueFixture.awaitAsleep(receiver.endpoint);
        assertEquals(1, queue.keeper().dismiss(client -> true).slotsFreed());
        assertTrue(sender.trySend(1, "a"));
        assertEquals("1:a", receive.result());
    }
}
