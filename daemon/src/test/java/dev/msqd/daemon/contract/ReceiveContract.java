package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.client.SysV.MSG_COPY;
import static dev.msqd.client.SysV.MSG_EXCEPT;
import static dev.msqd.client.SysV.MSG_NOERROR;
import static dev.msqd.daemon.contract.Contract.assertNow;
import static dev.msqd.daemon.contract.Contract.nowSeconds;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import org.junit.jupiter.api.Test;

/** msgrcv without sleep (R35–R47, R58). */
interface ReceiveContract extends Contract {
    private long tryReceive(int msqid, int room, long msgsz, long msgtyp, int msgflg) {
        return queues().msgrcv(msqid, new SysV.Message(room), msgsz, msgtyp, msgflg | IPC_NOWAIT);
    }

    private int queueOf(String... messages) {
        int msqid = newQueue();
        for (String message : messages) {
            int blank = message.indexOf(' ');
            send(msqid, Long.parseLong(message.substring(0, blank)), message.substring(blank + 1));
        }
        return msqid;
    }

    @Test
    default void sizeIsCheckedFirst() {
        int msqid = queueOf("1 one");
        // R35
        refused(Errno.EINVAL, () -> tryReceive(msqid, 10, -1, 0, 0));
        refused(Errno.EINVAL, () -> tryReceive(msqid, 10, Long.MIN_VALUE, 0, 0));
        refused(Errno.EINVAL, () -> tryReceive(-1, 10, 10, 0, 0));
        assertHolds(msqid, "1 one");
    }

    @Test
    default void tooBigComesBeforeUnwritable() {
        int msqid = queueOf("1 twelve bytes");
        // R35
        refused(Errno.E2BIG, () -> tryReceive(msqid, 5, 11, 0, 0));
        refused(Errno.ENOMSG, () -> tryReceive(msqid, 5, 11, 2, 0));
        assertEquals(1, stat(msqid).qnum());
        // What becomes of the message is R36's: the systems differ.
        refused(Errno.EFAULT, () -> tryReceive(msqid, 5, 12, 0, 0));
    }

    @Test
    default void anySizeIsAllowed() {
        int msqid = queueOf("1 one", "2 two");
        // R37
        assertEquals(3, tryReceive(msqid, 3, Long.MAX_VALUE, 0, 0));
        assertEquals(3, tryReceive(msqid, 3, 1L << 31, 0, 0));
    }

    @Test
    default void noSizeTakesEmptyMessages() {
        int msqid = queueOf("1 ", "1 x");
        assertEquals(0, tryReceive(msqid, 0, 0, 0, 0));
        refused(Errno.E2BIG, () -> tryReceive(msqid, 0, 0, 0, 0));
    }

    @Test
    default void firstMessageOrFirstOfAType() {
        int msqid = queueOf("3 a", "1 b", "2 c", "1 d", "3 e");
        // R38
        assertEquals("1 b", receive(msqid, 1, 0));
        assertEquals("3 a", receive(msqid, 0, 0));
        assertEquals("1 d", receive(msqid, 1, 0));
        refused(Errno.ENOMSG, () -> receive(msqid, 1, 0));
        assertHolds(msqid, "2 c", "3 e");
    }

    @Test
    default void longTypesAreToldApart() {
        int msqid = queueOf("4294967297 a", "1 b", "9223372036854775807 c");
        // R38
        assertEquals("1 b", receive(msqid, 1, 0));
        assertEquals("9223372036854775807 c", receive(msqid, Long.MAX_VALUE, 0));
        assertEquals("4294967297 a", receive(msqid, (1L << 32) + 1, 0));
    }

    @Test
    default void exceptOneType() {
        int msqid = queueOf("1 a", "2 b", "1 c", "3 d");
        // R39
        assertEquals("2 b", receive(msqid, 1, MSG_EXCEPT));
        assertEquals("1 a", receive(msqid, 2, MSG_EXCEPT));
        assertEquals("1 c", receive(msqid, 9, MSG_EXCEPT));
        refused(Errno.ENOMSG, () -> receive(msqid, 3, MSG_EXCEPT));
        assertEquals("3 d", receive(msqid, 0, MSG_EXCEPT));
    }

    @Test
    default void exceptCountsForPositiveTypesOnly() {
        int msqid = queueOf("3 a", "2 b");
        // R39
        refused(Errno.ENOMSG, () -> receive(msqid, -1, MSG_EXCEPT));
        assertEquals("2 b", receive(msqid, -3, MSG_EXCEPT));
        assertEquals("3 a", receive(msqid, 0, MSG_EXCEPT));
    }

    @Test
    default void lowestTypeFirst() {
        int msqid = queueOf("4 a", "2 b", "3 c", "2 d", "9 e");
        // R40
        refused(Errno.ENOMSG, () -> receive(msqid, -1, 0));
        assertEquals("2 b", receive(msqid, -4, 0));
        assertEquals("2 d", receive(msqid, -4, 0));
        assertEquals("3 c", receive(msqid, -4, 0));
        assertEquals("4 a", receive(msqid, -4, 0));
        refused(Errno.ENOMSG, () -> receive(msqid, -4, 0));
        assertHolds(msqid, "9 e");
    }

    @Test
    default void lowestTypeOfAll() {
        int msqid = queueOf("9223372036854775807 a", "5 b", "9223372036854775806 c");
        // R40
        assertEquals("5 b", receive(msqid, Long.MIN_VALUE, 0));
        assertEquals("9223372036854775806 c", receive(msqid, -Long.MAX_VALUE, 0));
        assertEquals("9223372036854775807 a", receive(msqid, Long.MIN_VALUE, 0));
    }

    @Test
    default void tooBigKeepsItsPlace() {
        int msqid = queueOf("1 longer", "1 s", "2 longer", "2 s");
        MsqidDs before = stat(msqid);
        // R41
        refused(Errno.E2BIG, () -> tryReceive(msqid, 1, 1, 0, 0));
        refused(Errno.E2BIG, () -> tryReceive(msqid, 1, 1, 2, 0));
        refused(Errno.E2BIG, () -> tryReceive(msqid, 1, 1, -9, 0));
        refused(Errno.E2BIG, () -> tryReceive(msqid, 1, 1, 1, MSG_EXCEPT));
        assertEquals(before, stat(msqid));
        assertHolds(msqid, "1 longer", "1 s", "2 longer", "2 s");
    }

    @Test
    default void tailIsCutOnRequest() {
        int msqid = queueOf("1 longer", "2 x");
        SysV.Message message = new SysV.Message(4);
        // R42
        assertEquals(4, queues().msgrcv(msqid, message, 4, 0, MSG_NOERROR | IPC_NOWAIT));
        assertEquals("long", new String(message.mtext));
        assertEquals(1, message.mtype);
        assertEquals(1, stat(msqid).cbytes());
        assertEquals(0, tryReceive(msqid, 0, 0, 0, MSG_NOERROR));
        assertEquals(0, stat(msqid).cbytes());
    }

    @Test
    default void nothingThere() {
        int msqid = newQueue();
        // R43
        refused(Errno.ENOMSG, () -> receive(msqid));
        send(msqid, 2, "two");
        refused(Errno.ENOMSG, () -> receive(msqid, 1, 0));
        refused(Errno.ENOMSG, () -> receive(msqid, 2, MSG_EXCEPT));
        refused(Errno.ENOMSG, () -> receive(msqid, -1, 0));
    }

    @Test
    default void copyTakesAnIndex() {
        int msqid = queueOf("9 gone", "3 a", "1 b", "2 c");
        receive(msqid);
        MsqidDs before = stat(msqid);
        // R44
        assertEquals("3 a", receive(msqid, 0, MSG_COPY));
        assertEquals("2 c", receive(msqid, 2, MSG_COPY));
        assertEquals("1 b", receive(msqid, 1, MSG_COPY));
        refused(Errno.ENOMSG, () -> receive(msqid, 3, MSG_COPY));
        refused(Errno.ENOMSG, () -> receive(msqid, -1, MSG_COPY));
        refused(Errno.ENOMSG, () -> receive(msqid, Long.MIN_VALUE, MSG_COPY));
        refused(Errno.ENOMSG, () -> receive(msqid, Long.MAX_VALUE, MSG_COPY));
        assertEquals(before, stat(msqid));
        assertHolds(msqid, "3 a", "1 b", "2 c");
    }

    @Test
    default void copyCountsWhatIsStillThere() {
        int msqid = queueOf("1 a", "2 b", "3 c", "2 d");
        receive(msqid, 2, 0);
        // R44
        assertEquals("1 a", receive(msqid, 0, MSG_COPY));
        assertEquals("3 c", receive(msqid, 1, MSG_COPY));
        assertEquals("2 d", receive(msqid, 2, MSG_COPY));
    }

    @Test
    default void copyGoesWithNowaitAlone() {
        int msqid = queueOf("1 a");
        // R45
        refused(Errno.EINVAL, () -> Contract.receive(queues(), msqid, 0, MSG_COPY));
        refused(Errno.EINVAL, () -> receive(msqid, 0, MSG_COPY | MSG_EXCEPT));
        refused(Errno.EINVAL, () -> Contract.receive(queues(), msqid, 0, MSG_COPY | MSG_EXCEPT));
    }

    @Test
    default void copyIntoTooSmallABuffer() {
        int msqid = queueOf("1 longer");
        // R46
        refused(Errno.E2BIG, () -> tryReceive(msqid, 5, 5, 0, MSG_COPY));
        refused(Errno.EINVAL, () -> tryReceive(msqid, 5, 5, 0, MSG_COPY | MSG_NOERROR));
        assertEquals(6, tryReceive(msqid, 6, 6, 0, MSG_COPY | MSG_NOERROR));
    }

    @Test
    default void copyNeedsAllOfItsBuffer() {
        int msqid = queueOf("1 a");
        int gone = goneQueue();
        // The kernel reads from mtype on, so 8 bytes more than the text are no mistake to it.
        int unreadable = 5 + Long.BYTES + 1;
        // R35: flags first. R47: also when the message would fit, and when there is no queue.
        refused(Errno.EINVAL, () -> tryReceive(msqid, 5, unreadable, 0, MSG_COPY | MSG_EXCEPT));
        refused(Errno.EFAULT, () -> tryReceive(msqid, 5, unreadable, 0, MSG_COPY));
        refused(Errno.EFAULT, () -> tryReceive(msqid, 5, Long.MAX_VALUE, 0, MSG_COPY));
        refused(Errno.EFAULT, () -> tryReceive(gone, 5, unreadable, 0, MSG_COPY));
        refused(Errno.EINVAL, () -> tryReceive(gone, 5, 5, 0, MSG_COPY));
        assertEquals(1, tryReceive(msqid, 5, 5, 0, MSG_COPY));
    }

    /** No message is longer than msgmax, so no more of the buffer is needed. */
    @Test
    default void copyNeedsNoMoreThanMsgmax() {
        int msqid = queueOf("1 a");
        // R47
        assertEquals(1, tryReceive(msqid, limits().msgmax(), Long.MAX_VALUE, 0, MSG_COPY));
    }

    @Test
    default void receivingLeavesItsTrace() {
        int msqid = queueOf("1 one", "1 three");
        MsqidDs sent = stat(msqid);
        long beforeSeconds = nowSeconds();
        receive(msqid);
        MsqidDs received = stat(msqid);
        // R58
        assertEquals(1, received.qnum());
        assertEquals(5, received.cbytes());
        assertEquals(queues().pid(), received.lrpid());
        assertNow(received.rtimeSeconds(), beforeSeconds);
        assertEquals(sent.lspid(), received.lspid());
        assertEquals(sent.stimeSeconds(), received.stimeSeconds());
        refused(Errno.ENOMSG, () -> receive(msqid, 2, 0));
        assertEquals(received, stat(msqid));
    }
}
