package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_CREAT;
import static dev.msqd.client.SysV.IPC_EXCL;
import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.client.SysV.IPC_PRIVATE;
import static dev.msqd.client.SysV.IPC_RMID;
import static dev.msqd.client.SysV.IPC_STAT;
import static dev.msqd.client.SysV.MSG_COPY;
import static dev.msqd.client.SysV.MSG_EXCEPT;
import static dev.msqd.client.SysV.MSG_STAT;
import static dev.msqd.client.SysV.MSG_STAT_ANY;
import static dev.msqd.daemon.contract.Account.ASSOCIATE;
import static dev.msqd.daemon.contract.Account.CREATOR;
import static dev.msqd.daemon.contract.Account.HEIR;
import static dev.msqd.daemon.contract.Account.HEIRS_MEMBER;
import static dev.msqd.daemon.contract.Account.IPC_OWNER;
import static dev.msqd.daemon.contract.Account.MEMBER;
import static dev.msqd.daemon.contract.Account.STRANGER;
import static dev.msqd.daemon.contract.Account.SYS_ADMIN;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may do what: calls from processes of several users (R3–R9, R17, R24, R29, R35, R53, R60–R63, R65, R72, R73). */
interface PermissionContract extends Contract {
    /** Longer than a sleeper sleeps at most that looks around now and then. */
    int LOOK_AROUND_MS = 1_500;

    /** A queue of the creator's. */
    private int queueOfCreator(int mode) {
        return made(as(CREATOR).msgget(IPC_PRIVATE, mode));
    }

    /** A queue that the creator gave to the heir. */
    private int queueOfHeir(int mode) {
        int msqid = queueOfCreator(mode);
        as(CREATOR).set(msqid, HEIR.uid(), HEIR.gid(), mode, 1000);
        return msqid;
    }

    private void mayRead(Account account, int msqid) {
        as(account).msgctl(msqid, IPC_STAT);
        refused(Errno.ENOMSG, () -> tryReceive(account, msqid));
    }

    private void mayNotRead(Account account, int msqid) {
        refused(Errno.EACCES, () -> as(account).msgctl(msqid, IPC_STAT));
        refused(Errno.EACCES, () -> as(account).msgctl(msqid & 0x7fff, MSG_STAT));
        refused(Errno.EACCES, () -> tryReceive(account, msqid));
    }

    private void mayWrite(Account account, int msqid) {
        Contract.send(as(account), msqid, 1, "x", IPC_NOWAIT);
        assertHolds(msqid, "1 x");
    }

    private void mayNotWrite(Account account, int msqid) {
        refused(Errno.EACCES, () -> Contract.send(as(account), msqid, 1, "x", IPC_NOWAIT));
    }

    private String tryReceive(Account account, int msqid) {
        return Contract.receive(as(account), msqid, 0, IPC_NOWAIT);
    }

    @Test
    default void existsComesBeforePermission() {
        int key = newKey();
        made(as(CREATOR).msgget(key, IPC_CREAT | 0600));
        // R3
        refused(Errno.EEXIST, () -> as(STRANGER).msgget(key, IPC_CREAT | IPC_EXCL | 0600));
        refused(Errno.EACCES, () -> as(STRANGER).msgget(key, IPC_CREAT | 0600));
    }

    @Test
    default void allThreeClassesOfTheFlagsAskForTheSame() {
        int key = newKey();
        int msqid = made(as(CREATOR).msgget(key, IPC_CREAT | 0604));
        // R4
        for (int read : new int[] {0400, 0040, 0004, 0444}) {
            assertEquals(msqid, as(STRANGER).msgget(key, read));
        }
        for (int write : new int[] {0200, 0020, 0002, 0600, 0406}) {
            refused(Errno.EACCES, () -> as(STRANGER).msgget(key, write));
            assertEquals(msqid, as(CREATOR).msgget(key, write));
        }
        refused(Errno.EACCES, () -> as(MEMBER).msgget(key, 0004));
    }

    @Test
    default void executeCounts() {
        int key = newKey();
        int msqid = made(as(CREATOR).msgget(key, IPC_CREAT | 0666));
        // R5
        refused(Errno.EACCES, () -> as(CREATOR).msgget(key, 0111));
        refused(Errno.EACCES, () -> as(STRANGER).msgget(key, 0001));
        assertEquals(msqid, as(STRANGER).msgget(key, 0666));
        setMode(msqid, 0777);
        assertEquals(msqid, as(STRANGER).msgget(key, 0777));
    }

    @Test
    default void whoAsksForNothingIsGivenTheId() {
        int key = newKey();
        int msqid = made(as(CREATOR).msgget(key, IPC_CREAT));
        // R6
        assertEquals(msqid, as(STRANGER).msgget(key, 0));
        assertEquals(msqid, as(STRANGER).msgget(key, IPC_CREAT));
        refused(Errno.EACCES, () -> as(CREATOR).msgget(key, 0400));
    }

    @Test
    default void ownerClass() {
        int readable = queueOfHeir(0400);
        int writable = queueOfHeir(0200);
        // R7, R63
        for (Account owner : List.of(CREATOR, HEIR)) {
            mayRead(owner, readable);
            mayNotWrite(owner, readable);
            mayWrite(owner, writable);
            mayNotRead(owner, writable);
        }
        for (Account other : List.of(MEMBER, HEIRS_MEMBER, ASSOCIATE, STRANGER)) {
            mayNotRead(other, readable);
            mayNotWrite(other, writable);
        }
    }

    @Test
    default void groupClass() {
        int readable = queueOfHeir(0040);
        int writable = queueOfHeir(0020);
        // R7
        for (Account member : List.of(MEMBER, ASSOCIATE, HEIRS_MEMBER)) {
            mayRead(member, readable);
            mayNotWrite(member, readable);
            mayWrite(member, writable);
            mayNotRead(member, writable);
        }
        for (Account other : List.of(CREATOR, HEIR, STRANGER)) {
            mayNotRead(other, readable);
            mayNotWrite(other, writable);
        }
    }

    @Test
    default void otherClassWithoutFallThrough() {
        int msqid = queueOfHeir(0006);
        // R7
        mayRead(STRANGER, msqid);
        mayWrite(STRANGER, msqid);
        for (Account closer : List.of(CREATOR, HEIR, MEMBER, ASSOCIATE, HEIRS_MEMBER)) {
            mayNotRead(closer, msqid);
            mayNotWrite(closer, msqid);
        }
        setMode(msqid, 0066);
        for (Account owner : List.of(CREATOR, HEIR)) {
            mayNotRead(owner, msqid);
            mayNotWrite(owner, msqid);
        }
        for (Account member : List.of(MEMBER, ASSOCIATE, HEIRS_MEMBER, STRANGER)) {
            mayRead(member, msqid);
            mayWrite(member, msqid);
        }
    }

    @Test
    default void capabilityOverridesTheMode() {
        int key = newKey();
        int msqid = made(as(CREATOR).msgget(key, IPC_CREAT));
        // R8
        assertEquals(msqid, as(IPC_OWNER).msgget(key, 0777));
        mayRead(IPC_OWNER, msqid);
        mayWrite(IPC_OWNER, msqid);
        // R62: it is another one than this.
        MsqidDs ds = as(IPC_OWNER).msgctl(msqid, IPC_STAT);
        refused(Errno.EPERM, () -> as(IPC_OWNER).set(msqid, ds.uid(), ds.gid(), 0600, 1));
        refused(Errno.EPERM, () -> as(IPC_OWNER).msgctl(msqid, IPC_RMID));
        mayNotRead(SYS_ADMIN, msqid);
        mayNotWrite(SYS_ADMIN, msqid);
    }

    @Test
    default void umaskIsIgnored() {
        int msqid = queueOfCreator(0777);
        // R9: these processes' umask is 077.
        assertEquals(0777, stat(msqid).mode());
        // R10
        assertEquals(CREATOR.uid(), stat(msqid).uid());
        assertEquals(CREATOR.uid(), stat(msqid).cuid());
        assertEquals(CREATOR.gid(), stat(msqid).gid());
        assertEquals(CREATOR.gid(), stat(msqid).cgid());
    }

    @Test
    default void messageIsCheckedBeforePermissionToSend() {
        int msqid = queueOfCreator(0600);
        int msgmax = limits().msgmax();
        // R17
        refused(Errno.EINVAL, () -> as(STRANGER).msgsnd(msqid, 1, new byte[0], msgmax + 1L, IPC_NOWAIT));
        refused(Errno.EINVAL, () -> as(STRANGER).msgsnd(msqid, 0, new byte[1], 1, IPC_NOWAIT));
        refused(Errno.EFAULT, () -> as(STRANGER).msgsnd(msqid, 1, new byte[1], 2, IPC_NOWAIT));
        mayNotWrite(STRANGER, msqid);
    }

    @Test
    default void messageIsCheckedBeforePermissionToSendForWhoMayRead() {
        int msqid = queueOfCreator(0644);
        // R17
        refused(Errno.EINVAL, () -> as(STRANGER).msgsnd(msqid, 0, new byte[1], 1, IPC_NOWAIT));
        refused(Errno.EFAULT, () -> as(STRANGER).msgsnd(msqid, 1, new byte[1], 2, IPC_NOWAIT));
        mayNotWrite(STRANGER, msqid);
    }

    @Test
    default void noPermissionWinsOverFull() {
        int msqid = queueOfCreator(0644);
        setQbytes(msqid, 0);
        // R24
        refused(Errno.EAGAIN, () -> Contract.send(as(CREATOR), msqid, 1, "x", IPC_NOWAIT));
        mayNotWrite(STRANGER, msqid);
    }

    @Test
    default void noPermissionWinsOverNoMessage() {
        int msqid = queueOfCreator(0622);
        // R35
        mayNotRead(STRANGER, msqid);
        send(msqid, 1, "too big");
        refused(Errno.EACCES, () -> Contract.receive(as(STRANGER), msqid, 1, 0, IPC_NOWAIT));
        refused(Errno.EACCES, () -> Contract.receive(as(STRANGER), msqid, 0, MSG_COPY | IPC_NOWAIT));
        refused(Errno.EACCES, () -> Contract.receive(as(STRANGER), msqid, -1, MSG_COPY | IPC_NOWAIT));
        refused(Errno.EINVAL, () -> Contract.receive(as(STRANGER), msqid, 0, MSG_COPY));
        refused(Errno.EINVAL, () -> Contract.receive(as(STRANGER), msqid, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
        refused(Errno.EINVAL, () -> as(STRANGER).msgrcv(msqid, new SysV.Message(1), -1, 0, IPC_NOWAIT));
        assertHolds(msqid, "1 too big");
    }

    @Test
    default void sendersPermissionIsCheckedWhenItWakes() throws Exception {
        int msqid = queueOfCreator(0666);
        setQbytes(msqid, 3);
        send(msqid, 1, "123");
        Sleeper<Void> sender = sendAsleep(as(STRANGER), msqid, 2, "x");
        setMode(msqid, 0644);
        // R29
        receive(msqid);
        sender.assertFailed(Errno.EACCES);
        assertHolds(msqid);
    }

    @Test
    default void takingPermissionDoesNotWakeASender() throws Exception {
        int msqid = queueOfCreator(0666);
        setQbytes(msqid, 3);
        send(msqid, 1, "123");
        Sleeper<Void> sender = sendAsleep(as(STRANGER), msqid, 2, "x");
        setMode(msqid, 0644);
        Thread.sleep(LOOK_AROUND_MS);
        // R29
        assertFalse(sender.isDone());
        setMode(msqid, 0666);
        receive(msqid);
        sender.result();
        assertHolds(msqid, "2 x");
    }

    @Test
    default void takingPermissionWakesReceivers() throws Exception {
        int msqid = queueOfCreator(0666);
        Sleeper<String> stranger = receiveAsleep(as(STRANGER), msqid, ROOM, 0, 0);
        Sleeper<String> member = receiveAsleep(as(MEMBER), msqid, ROOM, 0, 0);
        setMode(msqid, 0662);
        // R53
        stranger.assertFailed(Errno.EACCES);
        member.awaitAsleep();
        send(msqid, 1, "x");
        assertEquals("1 x", member.result());
    }

    @Test
    default void statNeedsReadPermission() {
        int msqid = queueOfCreator(0622);
        int index = msqid & 0x7fff;
        // R60, R72
        refused(Errno.EACCES, () -> as(STRANGER).msgctl(msqid, IPC_STAT));
        refused(Errno.EACCES, () -> as(STRANGER).msgctl(index, MSG_STAT));
        // R73
        assertEquals(stat(msqid), as(STRANGER).msgctl(index, MSG_STAT_ANY));
        assertEquals(stat(msqid), as(CREATOR).msgctl(index, MSG_STAT));
        int gone = goneQueue();
        refused(Errno.EINVAL, () -> as(STRANGER).msgctl(gone, IPC_STAT));
    }

    @Test
    default void setChecksInItsOrder() {
        int msqid = queueOfCreator(0666);
        long tooMuch = limits().msgmnb() + 1L;
        int gone = goneQueue();
        // R61
        refused(Errno.EINVAL, () -> as(STRANGER).set(gone, 0, 0, 0600, 1));
        refused(Errno.EPERM, () -> as(STRANGER).set(msqid, -1, 0, 0600, 1));
        refused(Errno.EPERM, () -> as(CREATOR).set(msqid, -1, 0, 0600, tooMuch));
        refused(Errno.EINVAL, () -> as(CREATOR).set(msqid, -1, 0, 0600, 1));
        assertEquals(0666, stat(msqid).mode());
    }

    @Test
    default void ownersSetAndRemoveWhateverTheMode() {
        for (Account owner : List.of(CREATOR, HEIR)) {
            int msqid = queueOfHeir(0);
            // R62, R63
            as(owner).set(msqid, HEIR.uid(), HEIR.gid(), 0, 500);
            assertEquals(500, stat(msqid).qbytes());
            as(owner).msgctl(msqid, IPC_RMID);
            refused(Errno.EINVAL, () -> stat(msqid));
        }
    }

    @Test
    default void othersNeitherSetNorRemove() {
        int msqid = queueOfHeir(0777);
        // R62
        for (Account other : List.of(MEMBER, ASSOCIATE, HEIRS_MEMBER, STRANGER)) {
            refused(Errno.EPERM, () -> as(other).set(msqid, other.uid(), other.gid(), 0600, 1));
            refused(Errno.EPERM, () -> as(other).msgctl(msqid, IPC_RMID));
        }
        as(SYS_ADMIN).set(msqid, STRANGER.uid(), STRANGER.gid(), 0600, 1);
        assertEquals(STRANGER.uid(), stat(msqid).uid());
        as(SYS_ADMIN).msgctl(msqid, IPC_RMID);
    }

    @Test
    default void creatorTakesItsQueueBack() {
        int msqid = queueOfHeir(0600);
        // R63
        as(HEIR).set(msqid, STRANGER.uid(), STRANGER.gid(), 0600, 1000);
        mayNotRead(HEIR, msqid);
        mayRead(CREATOR, msqid);
        mayWrite(CREATOR, msqid);
        as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, 1000);
        mayNotRead(STRANGER, msqid);
        assertEquals(CREATOR.uid(), stat(msqid).uid());
    }

    @Test
    default void limitAboveMsgmnbNeedsPrivilege() {
        int msqid = queueOfCreator(0600);
        long msgmnb = limits().msgmnb();
        // R65
        as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, 0);
        as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, msgmnb);
        assertEquals(msgmnb, stat(msqid).qbytes());
        refused(Errno.EPERM, () -> as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, msgmnb + 1));
        refused(Errno.EPERM, () -> as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, Long.MAX_VALUE));
        refused(Errno.EPERM, () -> as(CREATOR).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, -1));
        refused(Errno.EPERM, () -> as(SYS_ADMIN).set(msqid, CREATOR.uid(), CREATOR.gid(), 0600, msgmnb + 1));
        assertEquals(msgmnb, stat(msqid).qbytes());
    }
}
