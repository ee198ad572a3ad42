package dev.msqd.log;

import static dev.msqd.layout.SegmentTableDescriptor.CLAIMED;
import static dev.msqd.layout.SegmentTableDescriptor.HOLE;
import static dev.msqd.layout.SegmentTableDescriptor.READY;
import static dev.msqd.log.HotQueue.LONGEST;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.SlotDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ZeroingTest {
    private final HotQueue queue = new HotQueue();
    private final Party sender = queue.join();
    private final Party receiver = queue.join();
    private final Party third = queue.join();
    private final Zeroing zeroing =
        new Zeroing(third.chain.places(), third.chain.reclaimer(), third.slot);

    /** Place 0 was used, and is the third's to zero. */
    @BeforeEach
    void claim() {
        third.slot.pin(SlotDescriptor.CANDIDATE_PIN, 0);
        for (int number = 0; number < 3; number++) {
            sender.send(number, LONGEST);
            receiver.assertReceives(number, LONGEST);
        }
        third.slot.unpin(SlotDescriptor.CANDIDATE_PIN);
        third.chain.reclaimer().claim(third.slot, third.clientId);
        assertEquals(CLAIMED, queue.stateOf(0));
        zeroing.begin();
    }

    @AfterEach
    void close() {
        queue.close();
    }

    @Test
    void goesFromTheEndToTheBeginningAndGivesBackWhatIsZero() {
        UnsafeBuffer segment = queue.memory().segment(0);

        zeroing.some(3000);

        assertTrue(HotQueue.isZero(segment, SEGMENT_LENGTH - 6000, SEGMENT_LENGTH));
        assertFalse(HotQueue.isZero(segment, SEGMENT_LENGTH - 6008, SEGMENT_LENGTH));
        assertEquals(CLAIMED, queue.stateOf(0));
        while (!zeroing.isDone()) {
            zeroing.some(0);
        }
        assertTrue(queue.isZero(0));
        assertEquals(READY, queue.stateOf(0));
        queue.assertQueued(0, 0);
    }

    /** Whoever received a message must not be told of a failure here. */
    @Test
    void whatCanNotBeMappedAnyMoreIsLeftToRepair() {
        third.memory.close();

        zeroing.some(0);

        assertTrue(zeroing.isDone());
        zeroing.finish();
        assertEquals(CLAIMED, queue.stateOf(0));
        queue.repairAllBut(sender, receiver);
        assertEquals(HOLE, queue.stateOf(0));
        queue.assertQueued(0, 0);
    }
}
