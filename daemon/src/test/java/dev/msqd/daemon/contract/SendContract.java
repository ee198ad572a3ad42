package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.daemon.contract.Contract.assertNow;
import static dev.msqd.daemon.contract.Contract.nowSeconds;
import static dev.msqd.daemon.contract.Contract.refused;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** msgsnd without sleep (R17–R24, R33, R34). */
interface SendContract extends Contract {
    /** More of it can't be read. */
    byte[] TEXT = "readable".getBytes(US_ASCII);

    private void trySend(int msqid, long mtype, long msgsz) {
        queues().msgsnd(msqid, mtype, TEXT, msgsz, IPC_NOWAIT);
    }

    @Test
    default void sizeAndTypeAreCheckedBeforeTheText() {
        int msqid = newQueue();
        long unreadable = TEXT.length + 1;
        // R17
        refused(Errno.EINVAL, () -> trySend(msqid, 1, -1));
        refused(Errno.EINVAL, () -> trySend(msqid, 1, Long.MIN_VALUE));
        refused(Errno.EINVAL, () -> trySend(-1, 1, unreadable));
        refused(Errno.EINVAL, () -> trySend(msqid, 0, unreadable));
        refused(Errno.EINVAL, () -> trySend(msqid, 1, limits().msgmax() + 1L));
        refused(Errno.EINVAL, () -> trySend(msqid, 1, Long.MAX_VALUE));
    }

    @Test
    default void textIsReadBeforeTheQueueIsLookedAt() {
        long unreadable = TEXT.length + 1;
        int full = newQueue(0600, 0);
        // R17
        refused(Errno.EFAULT, () -> trySend(full, 1, unreadable));
        refused(Errno.EAGAIN, () -> trySend(full, 1, TEXT.length));
        assertEquals(0, stat(full).qnum());
    }

    @Test
    default void textIsReadBeforeTheQueueIsLookedFor() {
        int gone = goneQueue();
        // R17
        refused(Errno.EFAULT, () -> trySend(gone, 1, TEXT.length + 1));
        refused(Errno.EINVAL, () -> trySend(gone, 1, TEXT.length));
    }

    @Test
    default void typeIsPositive() {
        int msqid = newQueue();
        // R18
        refused(Errno.EINVAL, () -> send(msqid, 0, "x"));
        refused(Errno.EINVAL, () -> send(msqid, -1, "x"));
        refused(Errno.EINVAL, () -> send(msqid, Long.MIN_VALUE, "x"));
        send(msqid, 1, "least");
        send(msqid, Integer.MAX_VALUE, "of 31 bits");
        send(msqid, 1L << 32, "more");
        send(msqid, Long.MAX_VALUE, "most");
        assertHolds(msqid, "1 least", "2147483647 of 31 bits", "4294967296 more", "9223372036854775807 most");
    }

    @Test
    default void emptyTextIsNotRead() {
        int msqid = newQueue();
        // R19
        queues().msgsnd(msqid, 7, new byte[0], 0, IPC_NOWAIT);
        assertEquals(1, stat(msqid).qnum());
        assertEquals(0, stat(msqid).cbytes());
        assertHolds(msqid, "7 ");
    }

    @Test
    default void longestMessageIsOfMsgmax() {
        int msgmax = limits().msgmax();
        int msqid = newQueue();
        byte[] longest = new byte[msgmax];
        ThreadLocalRandom.current().nextBytes(longest);
        // R20
        queues().msgsnd(msqid, 1, longest, msgmax, IPC_NOWAIT);
        refused(Errno.EINVAL, () -> queues().msgsnd(msqid, 1, new byte[msgmax + 1], msgmax + 1L, IPC_NOWAIT));
        SysV.Message message = new SysV.Message(msgmax);
        assertEquals(msgmax, queues().msgrcv(msqid, message, msgmax, 0, IPC_NOWAIT));
        assertArrayEquals(longest, message.mtext);
    }

    @Test
    default void bytesAreLimited() {
        int msqid = newQueue(0600, 10);
        send(msqid, 1, "123456");
        // R21
        refused(Errno.EAGAIN, () -> send(msqid, 1, "12345"));
        send(msqid, 1, "1234");
        refused(Errno.EAGAIN, () -> send(msqid, 1, "1"));
        assertEquals(10, stat(msqid).cbytes());
        send(msqid, 1, "");
        assertEquals(3, stat(msqid).qnum());
    }

    @Test
    default void messagesAreLimitedByTheSameNumber() {
        int msqid = newQueue(0600, 10);
        // R21
        for (int sent = 0; sent < 10; sent++) {
            send(msqid, 1, "");
        }
        refused(Errno.EAGAIN, () -> send(msqid, 1, ""));
        receive(msqid);
        send(msqid, 1, "");
        assertEquals(10, stat(msqid).qnum());
    }

    @Test
    default void longerThanTheQueueIsNotInvalid() {
        int msqid = newQueue(0600, 4);
        // R22
        refused(Errno.EAGAIN, () -> send(msqid, 1, "12345"));
        // R24
        send(msqid, 1, "1234");
        refused(Errno.EAGAIN, () -> send(msqid, 1, "1"));
    }

    @Test
    default void sendingLeavesItsTrace() {
        long beforeSeconds = nowSeconds();
        int msqid = newQueue();
        send(msqid, 1, "one");
        MsqidDs one = stat(msqid);
        // R33
        assertEquals(queues().pid(), one.lspid());
        assertNow(one.stimeSeconds(), beforeSeconds);
        assertEquals(1, one.qnum());
        assertEquals(3, one.cbytes());
        assertEquals(0, one.lrpid());
        assertEquals(0, one.rtimeSeconds());
        send(msqid, 1, "three");
        assertEquals(2, stat(msqid).qnum());
        assertEquals(8, stat(msqid).cbytes());
    }

    @Test
    default void refusedSendLeavesNoTrace() {
        int msqid = newQueue(0600, 0);
        MsqidDs before = stat(msqid);
        refused(Errno.EAGAIN, () -> send(msqid, 1, "x"));
        // R33
        assertEquals(before, stat(msqid));
    }

    @Test
    default void textIsCopied() {
        int msqid = newQueue();
        byte[] text = "before".getBytes(US_ASCII);
        queues().msgsnd(msqid, 1, text, text.length, IPC_NOWAIT);
        Arrays.fill(text, (byte) '!');
        // R34
        assertHolds(msqid, "1 before");
    }

    @Test
    default void partOfTheTextIsSent() {
        int msqid = newQueue();
        trySend(msqid, 1, 4);
        assertHolds(msqid, "1 read");
    }
}
