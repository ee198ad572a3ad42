package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_INFO;
import static dev.msqd.client.SysV.IPC_PRIVATE;
import static dev.msqd.client.SysV.IPC_RMID;
import static dev.msqd.client.SysV.IPC_STAT;
import static dev.msqd.client.SysV.MSG_INFO;
import static dev.msqd.client.SysV.MSG_STAT;
import static dev.msqd.client.SysV.MSG_STAT_ANY;
import static dev.msqd.daemon.contract.Contract.assertNow;
import static dev.msqd.daemon.contract.Contract.nowSeconds;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.oracle.KernelQueue;
import org.junit.jupiter.api.Test;

/** msgctl (R59–R74); what depends on who asks is in {@link PermissionContract}. */
interface ControlContract extends Contract {
    /** Highest of the indexes, and as high as no system gets that is not full. */
    int UNUSED_INDEX = 0x7fff;

    @Test
    default void negativeIdsAndUnknownCommandsAreInvalid() {
        int msqid = newQueue();
        // R59
        for (int cmd : new int[] {IPC_RMID, IPC_STAT, MSG_STAT, MSG_STAT_ANY}) {
            refused(Errno.EINVAL, () -> queues().msgctl(-1, cmd));
        }
        refused(Errno.EINVAL, () -> queues().set(-1, 0, 0, 0600, 1));
        refused(Errno.EINVAL, () -> queues().info(-1, IPC_INFO));
        refused(Errno.EINVAL, () -> queues().info(-1, MSG_INFO));
        for (int cmd : new int[] {-1, Integer.MIN_VALUE, 4, 10, 14, 99, Integer.MAX_VALUE}) {
            refused(Errno.EINVAL, () -> queues().msgctl(msqid, cmd));
        }
        assertEquals(0, stat(msqid).qnum());
    }

    @Test
    default void settingWritesFourFieldsAndTheTime() {
        long beforeSeconds = nowSeconds();
        int msqid = newQueue();
        send(msqid, 1, "one");
        send(msqid, 1, "two");
        receive(msqid);
        MsqidDs before = stat(msqid);
        queues().set(msqid, 20_101, 20_102, 070_640, 1234);
        MsqidDs after = stat(msqid);
        // R64
        assertEquals(new MsqidDs(msqid, 0, "", 20_101, 20_102, before.cuid(), before.cgid(), 0640, 3, 1, 1234,
            before.lspid(), before.lrpid(), before.stimeSeconds(), before.rtimeSeconds(), after.ctimeSeconds(),
            Durability.PROCESS, Retention.NONE, ""), after);
        assertNow(after.ctimeSeconds(), beforeSeconds);
    }

    @Test
    default void nobodyIsNoOwner() {
        int msqid = newQueue();
        MsqidDs before = stat(msqid);
        int gone = goneQueue();
        // R61
        refused(Errno.EINVAL, () -> queues().set(gone, -1, 0, 0600, 1));
        refused(Errno.EINVAL, () -> queues().set(msqid, -1, 0, 0640, 1));
        refused(Errno.EINVAL, () -> queues().set(msqid, 0, -1, 0640, 1));
        assertEquals(before, stat(msqid));
        // All others are: user ids have 32 bits.
        queues().set(msqid, -2, -3, 0640, 1);
        assertEquals(-2, stat(msqid).uid());
        assertEquals(-3, stat(msqid).gid());
    }

    @Test
    default void limitGoesFromNothingToMsgmnb() {
        int msqid = newQueue();
        // R65
        setQbytes(msqid, 0);
        assertEquals(0, stat(msqid).qbytes());
        refused(Errno.EAGAIN, () -> send(msqid, 1, ""));
        setQbytes(msqid, limits().msgmnb());
        assertEquals(limits().msgmnb(), stat(msqid).qbytes());
        send(msqid, 1, "x");
    }

    @Test
    default void limitBelowWhatIsQueuedDropsNothing() {
        int msqid = newQueue();
        send(msqid, 1, "12345");
        send(msqid, 2, "67890");
        setQbytes(msqid, 5);
        // R67
        assertEquals(10, stat(msqid).cbytes());
        refused(Errno.EAGAIN, () -> send(msqid, 3, ""));
        receive(msqid);
        refused(Errno.EAGAIN, () -> send(msqid, 3, "x"));
        send(msqid, 3, "");
        assertHolds(msqid, "2 67890", "3 ");
    }

    @Test
    default void removalDropsMessages() {
        int msqid = newQueue();
        send(msqid, 1, "x");
        // R69
        remove(msqid);
        refused(Errno.EINVAL, () -> receive(msqid));
        refused(Errno.EINVAL, () -> stat(msqid));
        refused(Errno.EINVAL, () -> remove(msqid));
    }

    @Test
    default void infoReturnsTheHighestIndex() {
        try (MessageQueues fresh = emptySystem(100)) {
            // R70
            assertEquals(0, fresh.info(0, IPC_INFO).highestIndex());
            assertEquals(0, fresh.info(0, MSG_INFO).highestIndex());
            int first = fresh.msgget(IPC_PRIVATE, 0600);
            int second = fresh.msgget(IPC_PRIVATE, 0600);
            int third = fresh.msgget(IPC_PRIVATE, 0600);
            assertEquals(third & 0x7fff, fresh.info(0, IPC_INFO).highestIndex());
            fresh.msgctl(second, IPC_RMID);
            assertEquals(third & 0x7fff, fresh.info(0, MSG_INFO).highestIndex());
            fresh.msgctl(third, IPC_RMID);
            assertEquals(first & 0x7fff, fresh.info(0, MSG_INFO).highestIndex());
            fresh.msgctl(first, IPC_RMID);
            assertEquals(0, fresh.info(0, IPC_INFO).highestIndex());
        }
    }

    @Test
    default void infoTakesAnyId() {
        assertEquals(queues().info(0, IPC_INFO).msgmax(), queues().info(Integer.MAX_VALUE, IPC_INFO).msgmax());
    }

    @Test
    default void infoTellsLimitsAndConstants() {
        try (MessageQueues fresh = emptySystem(100)) {
            KernelQueue.Info info = fresh.info(0, IPC_INFO);
            // R71
            assertEquals(new KernelQueue.Info(0, 512_000, 16_384, info.msgmax(), info.msgmnb(), 100, 16, 16_384,
                65_535), info);
            assertTrue(info.msgmax() > 0 && info.msgmnb() > 0, info.toString());
        }
    }

    @Test
    default void infoCountsQueuesMessagesAndBytes() {
        try (MessageQueues fresh = emptySystem(100)) {
            int first = fresh.msgget(IPC_PRIVATE, 0600);
            int second = fresh.msgget(IPC_PRIVATE, 0600);
            fresh.msgget(IPC_PRIVATE, 0600);
            Contract.send(fresh, first, 1, "12345", 0);
            Contract.send(fresh, first, 1, "", 0);
            Contract.send(fresh, second, 1, "123", 0);
            KernelQueue.Info limits = fresh.info(0, IPC_INFO);
            // R71
            assertEquals(new KernelQueue.Info(2, 3, 3, limits.msgmax(), limits.msgmnb(), 100, 16, 8, 65_535),
                fresh.info(0, MSG_INFO));
            Contract.receive(fresh, first, 0, 0);
            fresh.msgctl(second, IPC_RMID);
            assertEquals(new KernelQueue.Info(2, 2, 1, limits.msgmax(), limits.msgmnb(), 100, 16, 0, 65_535),
                fresh.info(0, MSG_INFO));
        }
    }

    @Test
    default void statByIndex() {
        int msqid = newQueue();
        send(msqid, 1, "x");
        int index = msqid & 0x7fff;
        // R72, R73
        for (int cmd : new int[] {MSG_STAT, MSG_STAT_ANY}) {
            assertEquals(stat(msqid), queues().msgctl(index, cmd));
            assertEquals(msqid, queues().msgctl(msqid, cmd).msqid());
            assertEquals(msqid, queues().msgctl(index | 0x5555 << 15, cmd).msqid());
            refused(Errno.EINVAL, () -> queues().msgctl(UNUSED_INDEX, cmd));
        }
        remove(msqid);
        refused(Errno.EINVAL, () -> queues().msgctl(index, MSG_STAT_ANY));
    }

    @Test
    default void changeTimeIsOfCreationAndSetting() throws InterruptedException {
        int msqid = newQueue();
        long createdSeconds = stat(msqid).ctimeSeconds();
        while (nowSeconds() <= createdSeconds + CLOCK_LAG_SECONDS) {
            Thread.sleep(10);
        }
        send(msqid, 1, "x");
        receive(msqid);
        // R74
        assertEquals(createdSeconds, stat(msqid).ctimeSeconds());
        assertTrue(stat(msqid).stimeSeconds() > createdSeconds);
        setQbytes(msqid, 5);
        assertTrue(stat(msqid).ctimeSeconds() > createdSeconds);
    }
}
