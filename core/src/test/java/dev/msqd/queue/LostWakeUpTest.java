package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.Appender;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueState;
import dev.msqd.log.Slot;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Interleavings in which a sleeper could be forgotten. Nobody may need the safety look of {@link Parker#MAX_SLEEP_NS}:
 * who has reason to be awake is woken, or does not fall asleep in the first place.
 */
@Timeout(60)
class LostWakeUpTest {
    private static final long MTYPE_OF_BOTH = 5;
    /** At one a millisecond they take far less than {@link Parker#MAX_SLEEP_NS}. */
    private static final int MAX_LOOKS = 200;

    private final QueueFixture queue = new QueueFixture(100);

    @AfterEach
    void close() {
        queue.close();
    }

    /** Changes the queue once, when the endpoint has just read the old rules: at the beginning of its first call. */
    private static ToIntFunction<QueueState> changing(Runnable change) {
        AtomicBoolean changed = new AtomicBoolean();
        return state -> {
            if (changed.compareAndSet(false, true)) {
                change.run();
            }
            return Rules.READ | Rules.WRITE;
        };
    }

    private static void assertNeverSleeps(Peer peer, AsyncCall<?> call) throws InterruptedException {
        while (!call.isDone()) {
            assertFalse(peer.isAsleep(), "it sleeps though it was too late for its wake-up");
            Thread.sleep(1);
        }
    }

    /** Who was just woken shows as asleep until a processor takes it up: only who stays so was forgotten. */
    private static void assertWoken(Peer peer, AsyncCall<?> call) throws InterruptedException {
        int looks = 0;
        while (!call.isDone()) {
            looks = peer.isAsleep() ? looks + 1 : 0;
            assertTrue(looks < MAX_LOOKS, "it sleeps though there is something for it");
            Thread.sleep(1);
        }
    }

    @Test
    void handOffWakes() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint());
        Peer sender = new Peer(queue.remoteEndpoint());
        for (int i = 0; i < 5; i++) {
            AsyncCall<String> call = receiver.startReceive(Selector.any());
            receiver.awaitAsleep();
            assertTrue(sender.trySend(1, "a"));
            // R48
            assertWoken(receiver, call);
            assertEquals("1:a", call.result());
        }
    }

    @Test
    void messageThatIsTooLongWakes() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> call = receiver.startReceive(Selector.any(), 1);
        receiver.awaitAsleep();
        assertTrue(new Peer(queue.remoteEndpoint()).trySend(1, "aa"));
        // R51
        assertWoken(receiver, call);
        assertEquals(Peer.E2BIG, call.result());
    }

    @Test
    void dismissalWakesThoseBehind() throws Exception {
        Peer stopped = new Peer(queue.remoteEndpoint());
        handToStopped(stopped);
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        queue.keeper().dismiss(client -> client == 1);
        // R56
        assertWoken(receiver, call);
        assertEquals("5:", call.result());
    }

    /** As a sender does that found it asleep before it was stopped. */
    private void handToStopped(Peer stopped) {
        Slot slot = queue.chain().slots().acquire(1000);
        Appender appender = new Appender(queue.chain(), slot);
        int offset = appender.claim(0, 100);
        appender.describe(offset, MTYPE_OF_BOTH, ClaimWord.taken(0, stopped.endpoint.slot().tag()));
        stopped.endpoint.slot().armWaiter(SlotDescriptor.handed(appender.address(offset)));
        ArmedSlots.receivers(queue.memory()).set(stopped.endpoint.slot().index());
        assertTrue(appender.commit(offset, MTYPE_OF_BOTH));
    }

    @Test
    void roomWakes() throws Exception {
        queue.limit(1);
        Peer receiver = new Peer(queue.remoteEndpoint());
        Peer sender = new Peer(queue.remoteEndpoint());
        assertTrue(sender.trySend(1, "a"));
        for (int i = 0; i < 5; i++) {
            AsyncCall<Boolean> call = sender.startSend(1, "a");
            sender.awaitAsleep();
            assertEquals("1:a", receiver.tryReceive(Selector.any()));
            // R30
            assertWoken(sender, call);
            assertTrue(call.result());
        }
    }

    @Test
    void limitRaisedWhileASenderMakesReadyToSleep() throws Exception {
        queue.limit(0);
        Peer sender = new Peer(queue.remoteEndpoint(changing(() -> queue.limit(100))));
        AsyncCall<Boolean> call = sender.startSend(1, "x");
        // R68
        assertNeverSleeps(sender, call);
        assertTrue(call.result());
    }

    @Test
    void removalWhileASenderMakesReadyToSleep() throws Exception {
        queue.limit(0);
        Peer sender = new Peer(queue.remoteEndpoint(changing(queue.keeper()::markRemoved)));
        AsyncCall<Boolean> call = sender.startSend(1, "x");
        // R25
        assertNeverSleeps(sender, call);
        call.assertFailed(Errno.EIDRM);
    }

    @Test
    void removalWhileAReceiverMakesReadyToSleep() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint(changing(queue.keeper()::markRemoved)));
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        // R54
        assertNeverSleeps(receiver, call);
        call.assertFailed(Errno.EIDRM);
    }

    @Test
    void removalWakesEverybody() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> receive = receiver.startReceive(Selector.type(1));
        long receiverWord = receiver.awaitAsleep();
        Peer sender = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> send = sender.startSend(2, "longer than the limit".repeat(5));
        long senderWord = sender.awaitAsleep();
        queue.keeper().markRemoved();
        // Invariant 12
        assertNotEquals(receiverWord, receiver.waiterWord());
        assertNotEquals(senderWord, sender.waiterWord());
        receive.assertFailed(Errno.EIDRM);
        send.assertFailed(Errno.EIDRM);
    }

    @Test
    void repairWakesEverybody() throws Exception {
        queue.limit(1);
        Peer dead = new Peer(queue.remoteEndpoint());
        assertTrue(dead.trySend(1, "a"));
        assertEquals(Receiver.TAKEN, dead.endpoint.receiver().take(Selector.any(), 1, 0));
        Peer receiver = new Peer(queue.remoteEndpoint());
        AsyncCall<String> receive = receiver.startReceive(Selector.any());
        long receiverWord = receiver.awaitAsleep();
        Peer sender = new Peer(queue.remoteEndpoint());
        AsyncCall<Boolean> send = sender.startSend(2, "b");
        long senderWord = sender.awaitAsleep();
        queue.keeper().repair(client -> client != 1);
        // Invariant 7: what the dead one held is there again for those who sleep.
        assertNotEquals(receiverWord, receiver.waiterWord());
        assertNotEquals(senderWord, sender.waiterWord());
        assertEquals("1:a", receive.result());
        assertTrue(send.result());
    }

    /**
     * A sender, step by step, that looked for receivers before they armed: its message is available to all, and it
     * tells those who wait now.
     */
    private final class SlowSender {
        private final Slot slot = queue.chain().slots().acquire(1000);
        private final Appender appender = new Appender(queue.chain(), slot);
        private final Waiters waiters = new Waiters(queue.memory(), queue.chain().slots());

        void commit(long mtype) {
            int offset = appender.claim(0, 100);
            appender.describe(offset, mtype, ClaimWord.AVAILABLE);
            assertEquals(RecordDescriptor.shortType(mtype), mtype);
            assertTrue(appender.commit(offset, mtype));
        }

        void tell(long mtype) {
            waiters.tell(mtype);
        }
    }

    @Test
    void whoArmedTooLateForAHandOffIsTold() throws Exception {
        Peer first = new Peer(queue.remoteEndpoint());
        Peer second = new Peer(queue.remoteEndpoint());
        AsyncCall<String> firstCall = first.startReceive(Selector.any());
        first.awaitAsleep();
        AsyncCall<String> secondCall = second.startReceive(Selector.type(1));
        long secondWord = second.awaitAsleep();
        SlowSender sender = new SlowSender();
        sender.commit(MTYPE_OF_BOTH);
        sender.tell(MTYPE_OF_BOTH);
        assertEquals("5:", firstCall.result());
        assertEquals(secondWord, second.waiterWord());
        sender.commit(1);
        sender.tell(1);
        assertEquals("1:", secondCall.result());
    }

    @Test
    void whoWasToldAndTakesAnotherMessagePassesItOn() throws Exception {
        Peer lowest = new Peer(queue.remoteEndpoint());
        Peer five = new Peer(queue.remoteEndpoint());
        AsyncCall<String> lowestCall = lowest.startReceive(Selector.upTo(MTYPE_OF_BOTH));
        lowest.awaitAsleep();
        AsyncCall<String> fiveCall = five.startReceive(Selector.type(MTYPE_OF_BOTH));
        long fiveWord = five.awaitAsleep();
        SlowSender sender = new SlowSender();
        SlowSender another = new SlowSender();
        sender.commit(MTYPE_OF_BOTH);
        another.commit(1);
        sender.tell(MTYPE_OF_BOTH);
        another.tell(1);
        // R40: told of type 5, it finds type 1 as well
        assertEquals("1:", lowestCall.result());
        // The other message is still there, and so is somebody who wants it.
        assertNotEquals(fiveWord, five.waiterWord());
        assertEquals("5:", fiveCall.result());
    }

    @Test
    void ofTwoMessagesAndTwoReceiversNobodyIsLeft() throws Exception {
        Peer first = new Peer(queue.remoteEndpoint());
        Peer second = new Peer(queue.remoteEndpoint());
        AsyncCall<String> firstCall = first.startReceive(Selector.any());
        first.awaitAsleep();
        AsyncCall<String> secondCall = second.startReceive(Selector.any());
        long secondWord = second.awaitAsleep();
        SlowSender sender = new SlowSender();
        SlowSender another = new SlowSender();
        sender.commit(1);
        another.commit(2);
        another.tell(2);
        String received = firstCall.result();
        // The first sender finds its message gone and tells nobody.
        assertNotEquals(secondWord, second.waiterWord());
        assertEquals(Set.of("1:", "2:"), Set.of(received, secondCall.result()));
    }

    @Test
    void whoWasToldAndIsClosedPassesItOn() throws Exception {
        int passedOn = 0;
        for (int round = 0; round < 200; round++) {
            Peer first = new Peer(queue.remoteEndpoint());
            Peer second = new Peer(queue.remoteEndpoint());
            AsyncCall<String> firstCall = first.startReceive(Selector.any());
            first.awaitAsleep();
            AsyncCall<String> secondCall = second.startReceive(Selector.any());
            long secondWord = second.awaitAsleep();
            SlowSender sender = new SlowSender();
            sender.commit(1);
            sender.tell(1);
            first.endpoint.close();
            if (firstCall.failedWith(Errno.EINVAL)) {
                assertNotEquals(secondWord, second.waiterWord(), "round " + round);
                assertEquals("1:", secondCall.result());
                passedOn++;
            } else {
                assertEquals("1:", firstCall.result());
                second.endpoint.close();
                secondCall.assertFailed(Errno.EINVAL);
            }
            second.endpoint.close();
            assertEquals(0, queue.messages());
        }
        assertTrue(passedOn > 0, "the case did not occur");
    }
}
