package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.layout.Durability;
import dev.msqd.layout.SlotDescriptor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What slots tell of those who are asleep. */
@Timeout(60)
class SleeperTest {
    private static final long MSGMAX = 1_000;

    private final QueueFixture queue = new QueueFixture(10);
    private final Peer other = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    private Sleeper only() {
        List<Sleeper> sleepers = queue.keeper().sleepers();
        assertEquals(1, sleepers.size(), sleepers::toString);
        return sleepers.getFirst();
    }

    private void nobody() {
        assertEquals(List.of(), queue.keeper().sleepers());
    }

    /** R38, R39, R40: what it waits for is told as it asked for it. */
    @Test
    void receivers() throws Exception {
        nobody();
        for (long[] wanted : new long[][] {{7, 0}, {7, 1}, {-5, 0}, {0, 0}, {Long.MAX_VALUE, 0}}) {
            Peer receiver = new Peer(queue.remoteEndpoint());
            long before = System.nanoTime();
            AsyncCall<String> call = receiver.startReceive(Selector.of(wanted[0], wanted[1] == 1), 33);
            long word = receiver.awaitAsleep();
            Sleeper sleeper = only();
            assertEquals(SlotDescriptor.FOR_MESSAGE, sleeper.asleepFor());
            assertEquals(wanted[0], sleeper.msgtyp());
            assertEquals(wanted[1] == 1, sleeper.except());
            assertEquals(33, sleeper.bytes());
            assertEquals(SlotDescriptor.ticket(word), sleeper.ticket());
            assertTrue(sleeper.sinceNs() >= before && sleeper.sinceNs() <= System.nanoTime(), sleeper::toString);
            long mtype = wanted[1] == 1 || wanted[0] == 0 ? 1 : Math.abs(wanted[0]);
            assertTrue(other.trySend(mtype, "x"));
            call.result();
            nobody();
        }
    }

    /** R24, R30 */
    @Test
    void sendersThatWaitForRoom() throws Exception {
        assertTrue(other.trySend(1, "12345678"));
        Peer first = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> firstCall = first.startSend(3, "abc");
        first.awaitAsleep();
        Sleeper sleeper = only();
        assertEquals(SlotDescriptor.FOR_ROOM, sleeper.asleepFor());
        assertEquals(3, sleeper.bytes());
        Peer second = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> secondCall = second.startSend(3, "abcd");
        second.awaitAsleep();
        List<Sleeper> both = queue.keeper().sleepers();
        assertEquals(2, both.size());
        assertTrue(both.get(0).ticket() > 0 && both.get(0).ticket() < both.get(1).ticket(), both::toString);
        assertTrue(both.get(0).clientId() != both.get(1).clientId());
        assertEquals("1:12345678", other.tryReceive(Selector.any()));
        assertTrue(firstCall.result() && secondCall.result());
        nobody();
    }

    /** R78: no place in a line, since nobody is preferred. */
    @Test
    void sendersThatWaitForMsgtql() throws Exception {
        queue.system().set(MSGMAX, 1);
        assertTrue(other.trySend(1, "x"));
        Peer sender = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> call = sender.startSend(1, "yz");
        while (queue.keeper().sleepers().isEmpty()) {
            Thread.sleep(1);
        }
        Sleeper sleeper = only();
        assertEquals(SlotDescriptor.FOR_MSGTQL, sleeper.asleepFor());
        assertEquals(2, sleeper.bytes());
        assertEquals(0, sleeper.ticket());
        assertEquals("1:x", other.tryReceive(Selector.any()));
        assertTrue(call.result());
        nobody();
    }

    @Test
    void sendersThatWaitForALogThatNobodyWrites() throws Exception {
        queue.state().durability(Durability.INTERVAL);
        queue.system().maxLag(1);
        queue.system().logged(System.nanoTime() - TimeUnit.HOURS.toNanos(1));
        Peer sender = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> call = sender.startSend(1, "x");
        while (queue.keeper().sleepers().isEmpty()) {
            Thread.sleep(1);
        }
        assertEquals(SlotDescriptor.FOR_LOG, only().asleepFor());
        assertTrue(queue.system().logAgeNs() >= TimeUnit.HOURS.toNanos(1));
        queue.system().maxLag(0);
        assertTrue(call.result());
        nobody();
    }

    /** Who sends to a sync queue, or receives from one, waits for the disk. */
    @Test
    void callersThatWaitForTheDisk() throws Exception {
        queue.state().durability(Durability.SYNC);
        Peer sender = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> call = sender.startSend(1, "x");
        while (queue.keeper().sleepers().isEmpty()) {
            Thread.sleep(1);
        }
        assertEquals(SlotDescriptor.FOR_SEND_ON_DISK, only().asleepFor());
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> receiving = AsyncCall.start(() -> receiver.tryReceive(Selector.any()));
        while (queue.keeper().sleepers().size() < 2) {
            Thread.sleep(1);
        }
        assertEquals(SlotDescriptor.FOR_END_ON_DISK, queue.keeper().sleepers().getLast().asleepFor());
        queue.state().durability(Durability.PROCESS);
        assertTrue(call.result());
        assertEquals("1:x", receiving.result());
        nobody();
    }

    @Test
    void whoIsInterruptedIsAwake() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> call = receiver.startReceive(Selector.type(9));
        receiver.awaitAsleep();
        assertEquals(9, only().msgtyp());
        call.interrupt();
        call.assertFailed(Errno.EINTR);
        nobody();
    }
}
