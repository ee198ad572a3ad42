package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.Durability;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A receiver that was asleep when the rules changed receives by the new ones. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LevelChangeTest {
    private static final Selector ANY = Selector.any();

    @AutoClose
    private final QueueFixture queue = new QueueFixture(16384);
    private final Endpoint sender = queue.endpoint();
    private final Endpoint receiver = queue.endpoint();
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
    private final UnsafeBuffer received = new UnsafeBuffer(new byte[8]);

    /** Sleeps; then the rules change; then it is woken to look for itself, and finds a message. Returns what receive said. */
    private int receiveAcross(Runnable change) throws Exception {
        AsyncCall<Integer> call =
            AsyncCall.start(() -> {
                int result = receiver.receiver().receive(ANY, received, 0, 8, Long.MAX_VALUE);
                if (result == Receiver.TAKEN) {
                    receiver.receiver().giveBack();
                }
                return result;
            });
        QueueFixture.awaitAsleep(receiver);
        change.run();
        QueueFixture.awaitAsleep(receiver);
        sendUnhanded();
        return call.result();
    }

    /** As a sender does that looked for sleepers before this one armed. */
    private void sendUnhanded() {
        dev.msqd.log.SegmentChain chain = queue.chain();
        dev.msqd.log.Slot slot = chain.slots().acquire(1000);
        dev.msqd.log.Appender appender = new dev.msqd.log.Appender(chain, slot);
        int offset = appender.claim(8, 16384);
        appender.describe(offset, 1, dev.msqd.layout.ClaimWord.AVAILABLE);
        assertTrue(appender.commit(offset, 1));
        new Waiters(queue.memory(), chain.slots()).tell(1);
        appender.release();
        chain.slots().release(slot, 1000);
    }

    /** Its end has to come into the log before the call returns: it must not be consumed at once. */
    @Test
    void onAQueueThatBecameSyncItIsTakenAndNotConsumed() throws Exception {
        assertEquals(Receiver.TAKEN, receiveAcross(() -> queue.state().durability(Durability.SYNC)));
    }

    /** R78: what is counted is uncounted by who receives it. */
    @Test
    void whereMessagesAreCountedByNowItIsTakenAndNotConsumed() throws Exception {
        assertEquals(Receiver.TAKEN, receiveAcross(() -> queue.system().set(1024, 10)));
    }
}
