package dev.msqd.daemon.contract;

import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.calls.Errno;
import org.junit.jupiter.api.Test;

/** Calls that sleep in a process that is stopped and continued (R28, R31, R56). */
interface StopContract extends Contract {
    @Test
    default void stoppedSenderGoesOn() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666, 0);
        Sleeper<Void> sender = sendAsleep(other, msqid, 1, "x");
        other.whileStopped(() -> {});
        other.signal("URG");
        // R28
        sender.awaitAsleep();
        setQbytes(msqid, 1);
        sender.result();
        assertHolds(msqid, "1 x");
    }

    @Test
    default void stoppedReceiverGoesOn() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666);
        Sleeper<String> receiver = receiveAsleep(other, msqid, ROOM, 0, 0);
        other.whileStopped(() -> {});
        other.signal("URG");
        // R28
        receiver.awaitAsleep();
        send(msqid, 1, "x");
        assertEquals("1 x", receiver.result());
    }

    @Test
    default void freedSpaceIsNotReserved() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666, 3);
        send(msqid, 1, "123");
        Sleeper<Void> sender = sendAsleep(other, msqid, 2, "abc");
        other.whileStopped(() -> {
            receive(msqid);
            // R31
            send(msqid, 3, "new");
        });
        sender.awaitAsleep();
        assertEquals("3 new", receive(msqid));
        sender.result();
        assertHolds(msqid, "2 abc");
    }

    @Test
    default void stoppedReceiverIsHandedNothing() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666);
        Sleeper<String> receiver = receiveAsleep(other, msqid, ROOM, 0, 0);
        other.whileStopped(() -> {
            awaitStopNoticed(msqid);
            send(msqid, 1, "x");
            // R56
            assertEquals(1, stat(msqid).qnum());
            assertEquals("1 x", receive(msqid));
        });
        receiver.awaitAsleep();
        send(msqid, 2, "y");
        assertEquals("2 y", receiver.result());
    }

    @Test
    default void stoppedReceiverLosesItsPlace() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666);
        Sleeper<String> first = receiveAsleep(other, msqid, ROOM, 0, 0);
        Sleeper<String> second = receiveAsleep(msqid, 0);
        other.whileStopped(() -> awaitStopNoticed(msqid));
        first.awaitAsleep();
        // R56
        send(msqid, 1, "x");
        assertEquals("1 x", second.result());
        send(msqid, 2, "y");
        assertEquals("2 y", first.result());
        refused(Errno.ENOMSG, () -> receive(msqid));
    }

    @Test
    default void othersGetWhatIsSentToTheStopped() throws Exception {
        Actor other = as(Account.STRANGER);
        int msqid = newQueue(0666);
        Sleeper<String> receiver = receiveAsleep(other, msqid, ROOM, 0, 0);
        other.whileStopped(() -> {
            send(msqid, 1, "x");
            // R56
            assertEquals("1 x", Contract.receive(queues(), msqid, 0, 0));
        });
        receiver.awaitAsleep();
        assertEquals(0, stat(msqid).qnum());
        send(msqid, 2, "y");
        assertEquals("2 y", receiver.result());
    }
}
