package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.Slot;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Receivers that sleep. */
@Timeout(60)
class BlockingReceiveTest {
    private final QueueFixture queue = new QueueFixture(1_000);
    private final Peer sender = new Peer(queue.remoteEndpoint());

    @AfterEach
    void close() {
        queue.close();
    }

    private Peer receiver() {
        return new Peer(queue.remoteEndpoint());
    }

    @Test
    void wakesForAMessageThatItWantsAndForNoOther() throws Exception {
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.type(7));
        long word = receiver.awaitAsleep();
        for (int mtype = 1; mtype < 7; mtype++) {
            assertTrue(sender.trySend(mtype, "x"));
            assertEquals(word, receiver.waiterWord());
        }
        assertEquals(6, queue.messages());
        assertTrue(sender.trySend(7, "y"));
        // R48
        assertEquals("7:y", call.result());
        assertEquals(6, queue.messages());
    }

    @Test
    void exceptWakesForAnotherTypeOnly() throws Exception {
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.except(7));
        long word = receiver.awaitAsleep();
        assertTrue(sender.trySend(7, "x"));
        assertEquals(word, receiver.waiterWord());
        assertTrue(sender.trySend(8, "y"));
        // R39
        assertEquals("8:y", call.result());
    }

    @Test
    void upToTakesWhateverComesFirst() throws Exception {
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.upTo(5));
        long word = receiver.awaitAsleep();
        assertTrue(sender.trySend(6, "x"));
        assertEquals(word, receiver.waiterWord());
        // R52: not the lowest, the first
        assertTrue(sender.trySend(5, "five"));
        assertTrue(sender.trySend(1, "one"));
        assertEquals("5:five", call.result());
        assertEquals("1:one", receiver.tryReceive(Selector.upTo(5)));
    }

    @Test
    void firstToSleepIsServedFirst() throws Exception {
        Peer[] receivers = new Peer[4];
        @SuppressWarnings({"unchecked", "rawtypes"})
        AsyncCall<String>[] calls = new AsyncCall[receivers.length];
        for (int i = 0; i < receivers.length; i++) {
            receivers[i] = receiver();
        }
        // The slots' order is another than the order of falling asleep.
        int[] order = {2, 0, 3, 1};
        for (int i : order) {
            calls[i] = receivers[i].startReceive(Selector.any());
            receivers[i].awaitAsleep();
        }
        for (int i : order) {
            assertTrue(sender.trySend(1, "for " + i));
        }
        // R48
        for (int i : order) {
            assertEquals("1:for " + i, calls[i].result());
        }
        // R49
        assertEquals(0, queue.messages());
    }

    @Test
    void firstToSleepWhoseSelectorMatchesIsServed() throws Exception {
        Peer first = receiver();
        Peer second = receiver();
        Peer third = receiver();
        AsyncCall<String> wantsTwo = first.startReceive(Selector.type(2));
        long firstWord = first.awaitAsleep();
        AsyncCall<String> wantsAny = second.startReceive(Selector.any());
        second.awaitAsleep();
        AsyncCall<String> wantsLow = third.startReceive(Selector.upTo(3));
        long thirdWord = third.awaitAsleep();
        // R48
        assertTrue(sender.trySend(3, "a"));
        assertEquals("3:a", wantsAny.result());
        assertEquals(firstWord, first.waiterWord());
        assertEquals(thirdWord, third.waiterWord());
        assertTrue(sender.trySend(2, "b"));
        assertEquals("2:b", wantsTwo.result());
        assertEquals(thirdWord, third.waiterWord());
        assertTrue(sender.trySend(2, "c"));
        assertEquals("2:c", wantsLow.result());
    }

    @Test
    void placeInTheLineIsKeptHoweverLongTheSleep() throws Exception {
        Peer first = receiver();
        Peer second = receiver();
        AsyncCall<String> firstCall = first.startReceive(Selector.any());
        first.awaitAsleep();
        // The first looks again by itself before the second does.
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(Parker.MAX_SLEEP_NS) / 2);
        AsyncCall<String> secondCall = second.startReceive(Selector.any());
        second.awaitAsleep();
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(Parker.MAX_SLEEP_NS) * 3 / 4);
        first.awaitAsleep();
        second.awaitAsleep();
        assertTrue(sender.trySend(1, "a"));
        assertTrue(sender.trySend(1, "b"));
        // R48
        assertEquals("1:a", firstCall.result());
        assertEquals("1:b", secondCall.result());
    }

    @Test
    void whoHasLeftTheLineIsNotServed() throws Exception {
        Peer first = receiver();
        Peer second = receiver();
        assertNull(first.receive(Selector.any(), 100, TimeUnit.MILLISECONDS.toNanos(5)));
        AsyncCall<String> call = second.startReceive(Selector.any());
        second.awaitAsleep();
        assertTrue(sender.trySend(1, "a"));
        assertEquals("1:a", call.result());
        assertTrue(sender.trySend(1, "b"));
        assertEquals(1, queue.messages());
    }

    @Test
    void handedMessageLeavesItsTracesEverywhereButInTheDepth() throws Exception {
        Peer receiver = receiver();
        int receiverPid = queue.lastPid();
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        long nowSeconds = System.currentTimeMillis() / 1000;
        assertTrue(sender.trySend(1, "x"));
        assertEquals("1:x", call.result());
        // R49, R50
        assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
        assertEquals(QueueFixture.pid(1), queue.state().lspid());
        assertEquals(receiverPid, queue.state().lrpid());
        assertTrue(Math.abs(queue.state().stimeSeconds() - nowSeconds) <= 5);
        assertTrue(Math.abs(queue.state().rtimeSeconds() - nowSeconds) <= 5);
    }

    @Test
    void handedMessageDoesNotCountHoweverLateItsReceiverRuns() {
        // A receiver that does not run: its process was stopped asleep.
        Endpoint stopped = queue.endpoint();
        Slot slot = stopped.slot();
        long word = SlotDescriptor.waiting(queue.state().nextTicket());
        slot.describeWaiter(0, Selector.ANY, 100);
        slot.armWaiter(word);
        ArmedSlots.receivers(queue.memory()).set(slot.index());
        assertTrue(sender.trySend(1, "handed"));
        assertTrue(sender.trySend(1, "queued"));
        assertTrue(SlotDescriptor.isHanded(slot.waiterWord()));
        // R49
        assertEquals(new QueueKeeper.Depth(6, 1), queue.keeper().depth());
        assertEquals("1:queued", receiver().tryReceive(Selector.any()));
        assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
    }

    /** From the wake-up to the receipt, which takes as long as the copy does. */
    @Test
    void handedMessageDoesNotCountWhileItIsInHand() throws Exception {
        queue.limit(1);
        Peer receiver = receiver();
        for (boolean received : new boolean[] {true, false}) {
            AsyncCall<Integer> call =
                AsyncCall.start(() -> receiver.endpoint.receiver().take(Selector.any(), 100, Long.MAX_VALUE));
            receiver.awaitAsleep();
            assertTrue(sender.trySend(1, "x"));
            assertEquals(Receiver.TAKEN, call.result());
            // R49
            assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
            assertTrue(sender.trySend(1, "y"));
            assertFalse(sender.trySend(1, "z"));
            assertEquals(new QueueKeeper.Depth(1, 1), queue.keeper().depth());
            // Another process's death and a stop change nothing for who has it in hand.
            assertTrue(queue.keeper().dismiss(client -> true).isEmpty());
            if (received) {
                assertTrue(receiver.endpoint.receiver().consume());
                assertEquals(new QueueKeeper.Depth(1, 1), queue.keeper().depth());
                assertEquals("1:y", receiver.tryReceive(Selector.any()));
            } else {
                receiver.endpoint.receiver().giveBack();
                assertEquals(new QueueKeeper.Depth(2, 2), queue.keeper().depth());
                assertEquals("1:x", receiver.tryReceive(Selector.any()));
                assertEquals("1:y", receiver.tryReceive(Selector.any()));
            }
            assertEquals(new QueueKeeper.Depth(0, 0), queue.keeper().depth());
            assertEquals(-1, ArmedSlots.receivers(queue.memory()).next(0));
        }
    }

    /** A handler that has a handed message in hand may wait for room elsewhere in the same queue. */
    @Test
    void whoHasAHandedMessageInHandMaySendAndBeClosed() throws Exception {
        queue.limit(1);
        Peer receiver = receiver();
        AsyncCall<Integer> call =
            AsyncCall.start(() -> receiver.endpoint.receiver().take(Selector.any(), 100, Long.MAX_VALUE));
        receiver.awaitAsleep();
        assertTrue(sender.trySend(1, "x"));
        call.result();
        assertTrue(receiver.trySend(1, "y"));
        assertFalse(receiver.send(1, "z", TimeUnit.MILLISECONDS.toNanos(5)));
        receiver.endpoint.close();
        // It takes effect when the message is out of hand.
        receiver.endpoint.receiver().giveBack();
        assertEquals("1:x", receiver().tryReceive(Selector.any()));
        assertEquals("1:y", receiver().tryReceive(Selector.any()));
        assertEquals(-1, ArmedSlots.receivers(queue.memory()).next(0));
    }

    @Test
    void handedMessageTakesItsRoomUntilItIsReceived() throws Exception {
        queue.limit(1);
        Peer receiver = receiver();
        for (int i = 0; i < 20; i++) {
            AsyncCall<String> call = receiver.startReceive(Selector.any());
            receiver.awaitAsleep();
            assertTrue(sender.trySend(1, "x"));
            assertEquals("1:x", call.result());
            assertTrue(sender.trySend(1, "y"));
            assertFalse(sender.trySend(1, "z"));
            assertEquals("1:y", receiver.tryReceive(Selector.any()));
        }
    }

    @Test
    void limitIsCheckedBeforeAnyHandOff() throws Exception {
        queue.limit(0);
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        long word = receiver.awaitAsleep();
        // R23
        assertFalse(sender.trySend(1, ""));
        assertEquals(word, receiver.waiterWord());
        queue.limit(1);
        receiver.awaitAsleep();
        assertTrue(sender.trySend(1, ""));
        assertEquals("1:", call.result());
    }

    @Test
    void waiterWithoutRoomGetsE2bigAndTheNextTheMessage() throws Exception {
        Peer small = receiver();
        Peer large = receiver();
        AsyncCall<String> smallCall = small.startReceive(Selector.any(), 3);
        small.awaitAsleep();
        AsyncCall<String> largeCall = large.startReceive(Selector.any(), 4);
        large.awaitAsleep();
        // R51: the send succeeds
        assertTrue(sender.trySend(1, "long"));
        assertEquals(Peer.E2BIG, smallCall.result());
        assertEquals("1:long", largeCall.result());
        assertEquals(0, queue.messages());
    }

    @Test
    void messageThatIsTooLongForEverybodyIsQueued() throws Exception {
        Peer first = receiver();
        Peer second = receiver();
        Peer other = receiver();
        AsyncCall<String> firstCall = first.startReceive(Selector.any(), 3);
        first.awaitAsleep();
        AsyncCall<String> secondCall = second.startReceive(Selector.type(1), 0);
        second.awaitAsleep();
        AsyncCall<String> otherCall = other.startReceive(Selector.type(2), 0);
        long otherWord = other.awaitAsleep();
        // R51
        assertTrue(sender.trySend(1, "long"));
        assertEquals(Peer.E2BIG, firstCall.result());
        assertEquals(Peer.E2BIG, secondCall.result());
        assertEquals(otherWord, other.waiterWord());
        assertEquals(new QueueKeeper.Depth(4, 1), queue.keeper().depth());
        assertEquals("1:long", first.tryReceive(Selector.any()));
        assertTrue(sender.trySend(2, ""));
        assertEquals("2:", otherCall.result());
    }

    @Test
    void timeoutEndsTheWaitAndNotBefore() {
        Peer receiver = receiver();
        for (long timeoutNs : new long[] {1, 10_000, 5_000_000, 30_000_000}) {
            long beginNs = System.nanoTime();
            assertNull(receiver.receive(Selector.any(), 100, timeoutNs));
            assertTrue(System.nanoTime() - beginNs >= timeoutNs);
        }
        assertNull(receiver.receive(Selector.any(), 100, -1));
        assertTrue(sender.trySend(1, "x"));
        assertEquals("1:x", receiver.receive(Selector.any(), 100, 1));
    }

    @Test
    void messageGivenBackWakesSleepers() throws Exception {
        Peer holder = receiver();
        Peer sleeper = receiver();
        assertTrue(sender.trySend(1, "x"));
        assertEquals(Receiver.TAKEN, holder.endpoint.receiver().take(Selector.any(), 100, 0));
        AsyncCall<String> call = sleeper.startReceive(Selector.any());
        long word = sleeper.awaitAsleep();
        holder.endpoint.receiver().giveBack();
        // It need not wait for its own look: somebody woke it.
        assertFalse(sleeper.waiterWord() == word);
        assertEquals("1:x", call.result());
    }

    @Test
    void claimCommittedIsHandedOverLikeAnyMessage() throws Exception {
        Peer receiver = receiver();
        long claim = sender.endpoint.sender().tryClaim(9, 1);
        sender.endpoint.memory().segment((int) (claim >>> Integer.SIZE)).putByte((int) claim, (byte) 'c');
        AsyncCall<String> call = receiver.startReceive(Selector.type(9));
        receiver.awaitAsleep();
        sender.endpoint.sender().commit((int) claim);
        // R48
        assertEquals("9:c", call.result());
        assertEquals(0, queue.messages());
    }

    @Test
    void interruptEndsTheSleepWithEintr() throws Exception {
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        call.interrupt();
        // R55
        call.assertFailed(Errno.EINTR);
        assertFalse(call.wasInterruptedAfterwards());
        assertTrue(sender.trySend(1, "x"));
        assertEquals(1, queue.messages());
        assertEquals("1:x", receiver.tryReceive(Selector.any()));
    }

    @Test
    void interruptFromBeforeCountsOnlyWhenTheCallHasToWait() throws Exception {
        Peer receiver = receiver();
        assertTrue(sender.trySend(1, "x"));
        AsyncCall<String> call = AsyncCall.startInterrupted(() -> receiver.receive(Selector.any()));
        assertEquals("1:x", call.result());
        assertTrue(call.wasInterruptedAfterwards());
        AsyncCall<String> waiting = AsyncCall.startInterrupted(() -> receiver.receive(Selector.any()));
        waiting.assertFailed(Errno.EINTR);
        assertFalse(waiting.wasInterruptedAfterwards());
        AsyncCall<String> trying = AsyncCall.startInterrupted(() -> receiver.tryReceive(Selector.any()));
        assertNull(trying.result());
        assertTrue(trying.wasInterruptedAfterwards());
    }

    @Test
    void messageHandedOverWinsOverAnInterrupt() throws Exception {
        Peer receiver = receiver();
        for (int i = 0; i < 200; i++) {
            AsyncCall<String> call = receiver.startReceive(Selector.any());
            receiver.awaitAsleep();
            assertTrue(sender.trySend(1, "x"));
            call.interrupt();
            // R55
            assertEquals("1:x", call.result());
            assertEquals(0, queue.messages());
        }
    }

    @Test
    void removalEndsTheSleepWithEidrm() throws Exception {
        Peer receiver = receiver();
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        queue.keeper().markRemoved();
        // R54
        call.assertFailed(Errno.EIDRM);
        // R15
        AsyncCall.start(() -> receiver.receive(Selector.any())).assertFailed(Errno.EINVAL);
        AsyncCall.start(() -> receiver.tryReceive(Selector.any())).assertFailed(Errno.EINVAL);
        AsyncCall.start(() -> receiver.endpoint.receiver().browse(0)).assertFailed(Errno.EINVAL);
        AsyncCall.start(() -> sender.trySend(1, "x")).assertFailed(Errno.EINVAL);
    }

    @Test
    void messageHandedOverWinsOverTheRemoval() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (QueueFixture doomed = new QueueFixture(100)) {
                Peer from = new Peer(doomed.endpoint());
                Peer to = new Peer(doomed.endpoint());
                AsyncCall<String> call = to.startReceive(Selector.any());
                to.awaitAsleep();
                assertTrue(from.trySend(1, "x"));
                doomed.keeper().markRemoved();
                // R54
                assertEquals("1:x", call.result());
            }
        }
    }

    @Test
    void rightTakenAwayEndsTheSleepWithEacces() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint(QueueFixture.BY_MODE));
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        queue.mode(0662);
        // R53
        call.assertFailed(Errno.EACCES);
        AsyncCall.start(() -> receiver.tryReceive(Selector.any())).assertFailed(Errno.EACCES);
        queue.mode(0664);
        assertNull(receiver.tryReceive(Selector.any()));
    }

    @Test
    void ruleChangeThatTakesNothingAwayLetsItSleepOn() throws Exception {
        Peer receiver = new Peer(queue.remoteEndpoint(QueueFixture.BY_MODE));
        AsyncCall<String> call = receiver.startReceive(Selector.any());
        receiver.awaitAsleep();
        queue.mode(0664);
        // R53
        receiver.awaitAsleep();
        assertTrue(sender.trySend(1, "x"));
        assertEquals("1:x", call.result());
        assertEquals(0, queue.messages());
    }
}
