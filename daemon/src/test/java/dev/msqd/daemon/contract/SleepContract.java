package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.MSG_EXCEPT;
import static dev.msqd.client.SysV.MSG_NOERROR;
import static dev.msqd.daemon.contract.Contract.assertNow;
import static dev.msqd.daemon.contract.Contract.nowSeconds;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls that sleep, on threads of this process (R22, R23, R25–R27, R30, R32, R48–R55, R58, R68). */
interface SleepContract extends Contract {
    // ---- senders

    @Test
    default void messageLongerThanTheQueueWaitsForTheQueueToGrow() throws Exception {
        int msqid = newQueue(0600, 4);
        // R22
        Sleeper<Void> sender = sendAsleep(msqid, 1, "12345");
        // R68
        setQbytes(msqid, 5);
        sender.result();
        assertHolds(msqid, "1 12345");
    }

    @Test
    default void queueOfNothingTakesNothingThoughAReceiverWaits() throws Exception {
        int msqid = newQueue(0600, 0);
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        // R23
        refused(Errno.EAGAIN, () -> send(msqid, 1, ""));
        receiver.awaitAsleep();
        setQbytes(msqid, 1);
        send(msqid, 1, "");
        assertEquals("1 ", receiver.result());
    }

    @Test
    default void fullQueueTakesNothingThoughAReceiverWaits() throws Exception {
        int msqid = newQueue(0600, 3);
        send(msqid, 1, "123");
        Sleeper<String> receiver = receiveAsleep(msqid, 2);
        // R23
        refused(Errno.EAGAIN, () -> send(msqid, 2, "x"));
        receiver.awaitAsleep();
        receive(msqid);
        send(msqid, 2, "x");
        assertEquals("2 x", receiver.result());
    }

    @Test
    default void removalWakesSenders() throws Exception {
        int msqid = newQueue(0600, 0);
        List<Sleeper<Void>> senders = List.of(sendAsleep(msqid, 1, "x"), sendAsleep(msqid, 1, ""));
        remove(msqid);
        // R25, R69
        for (Sleeper<Void> sender : senders) {
            sender.assertFailed(Errno.EIDRM);
        }
    }

    @Test
    default void interruptEndsASend() throws Exception {
        int msqid = newQueue(0600, 0);
        Sleeper<Void> sender = sendAsleep(msqid, 1, "x");
        queues().interrupt(sender);
        // R26
        sender.assertFailed(Errno.EINTR);
        setQbytes(msqid, 10);
        assertHolds(msqid);
    }

    @Test
    default void interruptWinsOverSpace() throws Exception {
        int msqid = newQueue(0600, 3);
        send(msqid, 1, "123");
        Sleeper<Void> sender = sendAsleep(msqid, 2, "abc");
        queues().interrupt(sender);
        receive(msqid);
        // R27
        sender.assertFailed(Errno.EINTR);
        assertHolds(msqid);
    }

    @Test
    default void receiveWakesASender() throws Exception {
        int msqid = newQueue(0600, 3);
        send(msqid, 1, "123");
        Sleeper<Void> sender = sendAsleep(msqid, 2, "abc");
        // R58
        assertEquals("1 123", receive(msqid));
        assertNull(sender.result());
        assertHolds(msqid, "2 abc");
    }

    @Test
    default void receiveOfAnEmptyMessageWakesASender() throws Exception {
        int msqid = newQueue(0600, 1);
        send(msqid, 1, "");
        // R21, R58: it is the number of messages that is in the way.
        Sleeper<Void> sender = sendAsleep(msqid, 2, "");
        assertEquals("1 ", receive(msqid));
        sender.result();
        assertHolds(msqid, "2 ");
    }

    @Test
    default void freedSpaceWakesEverySenderThatFits() throws Exception {
        int msqid = newQueue(0600, 10);
        send(msqid, 1, "1234");
        send(msqid, 1, "123456");
        Sleeper<Void> large = sendAsleep(msqid, 2, "abcdefghi");
        Sleeper<Void> small = sendAsleep(msqid, 3, "ab");
        Sleeper<Void> alsoSmall = sendAsleep(msqid, 3, "cd");
        receive(msqid);
        // R30, R32: the two fit together, and pass the one that does not.
        small.result();
        alsoSmall.result();
        large.awaitAsleep();
        assertEquals(10, stat(msqid).cbytes());
        assertEquals("1 123456", receive(msqid));
        receive(msqid);
        large.awaitAsleep();
        receive(msqid);
        large.result();
        assertHolds(msqid, "2 abcdefghi");
    }

    @Test
    default void senderThatFitsByItselfMayFindTheSpaceTaken() throws Exception {
        int msqid = newQueue(0600, 4);
        send(msqid, 1, "1234");
        List<Sleeper<Void>> senders =
            List.of(sendAsleep(msqid, 2, "abc"), sendAsleep(msqid, 2, "abc"), sendAsleep(msqid, 2, "abc"));
        receive(msqid);
        // R30, R31: one gets it, the others sleep again.
        for (int taken = 0; taken < senders.size(); taken++) {
            assertEquals("2 abc", Contract.receive(queues(), msqid, 2, 0));
        }
        for (Sleeper<Void> sender : senders) {
            sender.result();
        }
        assertHolds(msqid);
    }

    @Test
    default void smallNewcomerPassesALargeSender() throws Exception {
        int msqid = newQueue(0600, 10);
        send(msqid, 1, "12345678");
        Sleeper<Void> large = sendAsleep(msqid, 2, "abc");
        // R32
        send(msqid, 3, "xy");
        large.awaitAsleep();
        assertEquals("1 12345678", receive(msqid));
        large.result();
        assertHolds(msqid, "3 xy", "2 abc");
    }

    @Test
    default void growingTheQueueWakesTheSendersThatFit() throws Exception {
        int msqid = newQueue(0600, 0);
        Sleeper<Void> large = sendAsleep(msqid, 1, "abcdefgh");
        Sleeper<Void> small = sendAsleep(msqid, 2, "abc");
        setQbytes(msqid, 4);
        // R68
        small.result();
        large.awaitAsleep();
        setQbytes(msqid, 11);
        large.result();
        assertHolds(msqid, "2 abc", "1 abcdefgh");
    }

    // ---- receivers

    @Test
    default void firstToSleepIsFirstServed() throws Exception {
        int msqid = newQueue();
        Sleeper<String> first = receiveAsleep(msqid, 0);
        Sleeper<String> ofTypeTwo = receiveAsleep(msqid, 2);
        Sleeper<String> third = receiveAsleep(msqid, 0);
        // R48
        send(msqid, 1, "a");
        assertEquals("1 a", first.result());
        send(msqid, 1, "b");
        assertEquals("1 b", third.result());
        ofTypeTwo.awaitAsleep();
        send(msqid, 2, "c");
        assertEquals("2 c", ofTypeTwo.result());
    }

    @Test
    default void severalAreServedInTheirOrder() throws Exception {
        int msqid = newQueue();
        Sleeper<String> first = receiveAsleep(msqid, 0);
        Sleeper<String> second = receiveAsleep(msqid, 1);
        Sleeper<String> third = receiveAsleep(msqid, -1);
        send(msqid, 1, "a");
        send(msqid, 1, "b");
        send(msqid, 1, "c");
        send(msqid, 1, "d");
        // R48
        assertEquals("1 a", first.result());
        assertEquals("1 b", second.result());
        assertEquals("1 c", third.result());
        assertHolds(msqid, "1 d");
    }

    @Test
    default void messageThatNobodyWaitsForIsQueued() throws Exception {
        int msqid = newQueue();
        Sleeper<String> ofTypeTwo = receiveAsleep(msqid, 2);
        Sleeper<String> exceptTwo = receiveAsleep(queues(), msqid, ROOM, 3, MSG_EXCEPT);
        send(msqid, 3, "c");
        // R48
        assertEquals(1, stat(msqid).qnum());
        ofTypeTwo.awaitAsleep();
        send(msqid, 4, "d");
        assertEquals("4 d", exceptTwo.result());
        send(msqid, 2, "b");
        assertEquals("2 b", ofTypeTwo.result());
        assertHolds(msqid, "3 c");
    }

    @Test
    default void handedMessageIsNeverQueued() throws Exception {
        int msqid = newQueue(0600, 10);
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "1234567890");
        // R49: the queue is as empty as before, whether the receiver has run by now or not.
        assertEquals(0, stat(msqid).qnum());
        assertEquals(0, stat(msqid).cbytes());
        assertEquals("1 1234567890", receiver.result());
    }

    @Test
    default void handedMessageIsNotInTheWayOfTheNext() throws Exception {
        int msqid = newQueue(0600, 10);
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "1234567890");
        // R21, R49
        send(msqid, 2, "abcdefghij");
        assertEquals("1 1234567890", receiver.result());
        assertHolds(msqid, "2 abcdefghij");
    }

    @Test
    default void handingLeavesTheTraceOfBoth() throws Exception {
        Actor sender = as(Account.STRANGER);
        int msqid = newQueue(0666);
        long beforeSeconds = nowSeconds();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        Contract.send(sender, msqid, 1, "x", 0);
        receiver.result();
        MsqidDs after = stat(msqid);
        // R49
        assertEquals(0, after.qnum());
        assertEquals(0, after.cbytes());
        assertEquals(sender.pid(), after.lspid());
        assertNow(after.stimeSeconds(), beforeSeconds);
        assertNow(after.rtimeSeconds(), beforeSeconds);
    }

    @Test
    default void tooBigForAWaiterGoesToTheNext() throws Exception {
        int msqid = newQueue();
        Sleeper<String> narrow = receiveAsleep(queues(), msqid, 2, 0, 0);
        Sleeper<String> ofAnotherType = receiveAsleep(msqid, 9);
        Sleeper<String> wide = receiveAsleep(queues(), msqid, 3, 0, 0);
        send(msqid, 1, "123");
        // R51
        narrow.assertFailed(Errno.E2BIG);
        assertEquals("1 123", wide.result());
        ofAnotherType.awaitAsleep();
        assertEquals(0, stat(msqid).qnum());
    }

    @Test
    default void tooBigForAllIsQueued() throws Exception {
        int msqid = newQueue();
        Sleeper<String> narrow = receiveAsleep(queues(), msqid, 2, 0, 0);
        Sleeper<String> narrower = receiveAsleep(queues(), msqid, 1, 0, 0);
        send(msqid, 1, "123");
        // R51
        narrow.assertFailed(Errno.E2BIG);
        narrower.assertFailed(Errno.E2BIG);
        assertHolds(msqid, "1 123");
    }

    @Test
    default void whoHasTheTailCutIsNeverTooNarrow() throws Exception {
        int msqid = newQueue();
        Sleeper<String> cutting = receiveAsleep(queues(), msqid, 2, 0, MSG_NOERROR);
        send(msqid, 1, "123");
        // R42, R51
        assertEquals("1 12", cutting.result());
        assertEquals(0, stat(msqid).cbytes());
    }

    @Test
    default void whoWaitsForTheLowestTakesWhatComes() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, -5);
        send(msqid, 6, "six");
        receiver.awaitAsleep();
        // R52
        send(msqid, 5, "five");
        send(msqid, 1, "one");
        assertEquals("5 five", receiver.result());
        assertHolds(msqid, "6 six", "1 one");
    }

    @Test
    default void settingLetsReceiversSleepOn() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        setMode(msqid, 0666);
        setQbytes(msqid, 77);
        // R53
        receiver.awaitAsleep();
        send(msqid, 1, "x");
        assertEquals("1 x", receiver.result());
    }

    @Test
    default void removalWakesReceivers() throws Exception {
        int msqid = newQueue();
        List<Sleeper<String>> receivers = List.of(receiveAsleep(msqid, 0), receiveAsleep(msqid, 7),
            receiveAsleep(msqid, -7));
        remove(msqid);
        // R54, R69
        for (Sleeper<String> receiver : receivers) {
            receiver.assertFailed(Errno.EIDRM);
        }
    }

    @Test
    default void handedMessageOutlivesTheQueue() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "x");
        remove(msqid);
        // R54
        assertEquals("1 x", receiver.result());
    }

    @Test
    default void interruptEndsAReceive() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        queues().interrupt(receiver);
        // R55
        receiver.assertFailed(Errno.EINTR);
        send(msqid, 1, "x");
        assertHolds(msqid, "1 x");
    }

    @Test
    default void handedMessageWinsOverAnInterrupt() throws Exception {
        int msqid = newQueue();
        Sleeper<String> receiver = receiveAsleep(msqid, 0);
        send(msqid, 1, "x");
        queues().interrupt(receiver);
        // R55
        assertEquals("1 x", receiver.result());
    }
}
