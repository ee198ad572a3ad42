package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.log.QueueMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Who is done with a long message keeps none of its memory. */
class LongMessageLeftoverTest {
    private static final int SEGMENT_LENGTH = QueueMemory.MIN_SEGMENT_LENGTH;
    private static final int LONGEST = 40 * SEGMENT_LENGTH;
    private static final int BLOCK = 512;

    @AutoClose
    private final QueueFixture queue = new QueueFixture(LONGEST + 10, SEGMENT_LENGTH, LONGEST);
    private final Peer sender = new Peer(queue.remoteEndpoint());
    private final Peer receiver = new Peer(queue.remoteEndpoint());

    @Test
    void abortedClaim() throws IOException {
        assertTrue(sender.trySend(1, "a"));
        receiver.tryReceive(Selector.any());
        long before = blocks();
        long where = sender.endpoint.sender().tryClaim(1, LONGEST);
        sender.endpoint.sender().abort((int) where);
        keepHouse();
        long after = blocks();
        assertTrue(after <= before + 2 * SEGMENT_LENGTH / BLOCK, () -> before + " blocks before, " + after + " after");
    }

    private void keepHouse() {
        for (int round = 0; round < 10; round++) {
            queue.keeper().keepHouse(1);
        }
    }

    private long blocks() throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", queue.memory().what()).redirectErrorStream(true).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }
}
