package dev.msqd.daemon.contract;

import static dev.msqd.client.SysV.IPC_CREAT;
import static dev.msqd.client.SysV.IPC_EXCL;
import static dev.msqd.client.SysV.IPC_NOWAIT;
import static dev.msqd.client.SysV.IPC_PRIVATE;
import static dev.msqd.client.SysV.IPC_RMID;
import static dev.msqd.client.SysV.IPC_STAT;
import static dev.msqd.client.SysV.MSG_COPY;
import static dev.msqd.client.SysV.MSG_STAT_ANY;
import static dev.msqd.daemon.contract.Contract.assertNow;
import static dev.msqd.daemon.contract.Contract.nowSeconds;
import static dev.msqd.daemon.contract.Contract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** msgget and ftok (R1–R16); what depends on who asks is in {@link PermissionContract}. */
interface GetContract extends Contract {
    @Test
    default void privateKeyAlwaysMakesAQueue() {
        // R1
        int first = newQueue(0600);
        int second = newQueue(IPC_CREAT | IPC_EXCL | 0600);
        int third = newQueue(IPC_EXCL | 0600);
        assertEquals(3, Set.of(first, second, third).size());
        assertEquals(0, stat(first).key());
    }

    @Test
    default void absentKeyIsNotFound() {
        int key = newKey();
        // R2
        refused(Errno.ENOENT, () -> queues().msgget(key, 0600));
        refused(Errno.ENOENT, () -> queues().msgget(key, IPC_EXCL | 0600));
    }

    @Test
    default void presentKeyIsFound() {
        int key = newKey();
        int msqid = made(queues().msgget(key, IPC_CREAT | 0600));
        assertEquals(key, stat(msqid).key());
        assertEquals(msqid, queues().msgget(key, 0600));
        assertEquals(msqid, queues().msgget(key, IPC_CREAT | 0600));
        // R3
        refused(Errno.EEXIST, () -> queues().msgget(key, IPC_CREAT | IPC_EXCL | 0600));
        assertEquals(msqid, queues().msgget(key, IPC_EXCL | 0600));
        // R6
        assertEquals(msqid, queues().msgget(key, 0));
    }

    @Test
    default void newQueueIsEmptyAndItsMakers() {
        long beforeSeconds = nowSeconds();
        int key = newKey();
        int msqid = made(queues().msgget(key, IPC_CREAT | IPC_NOWAIT | 0523));
        MsqidDs ds = stat(msqid);
        int uid = Processes.effectiveUid();
        int gid = Processes.effectiveGid();
        // R9, R10
        assertEquals(new MsqidDs(msqid, key, "", uid, gid, uid, gid, 0523, 0, 0, limits().msgmnb(), 0, 0, 0, 0,
            ds.ctimeSeconds(), Durability.PROCESS, Retention.NONE, ""), ds);
        assertNow(ds.ctimeSeconds(), beforeSeconds);
    }

    @Test
    default void noMoreQueuesThanMsgmni() {
        try (MessageQueues small = emptySystem(2)) {
            int first = small.msgget(1, IPC_CREAT | 0600);
            small.msgget(IPC_PRIVATE, 0600);
            // R11
            refused(Errno.ENOSPC, () -> small.msgget(IPC_PRIVATE, 0600));
            refused(Errno.ENOSPC, () -> small.msgget(2, IPC_CREAT | 0600));
            assertEquals(first, small.msgget(1, IPC_CREAT | 0600));
            refused(Errno.ENOENT, () -> small.msgget(2, 0600));
            small.msgctl(first, IPC_RMID);
            small.msgget(2, IPC_CREAT | 0600);
        }
    }

    @Test
    default void idIsSequenceAndIndex() {
        int msqid = newQueue();
        // R12
        assertTrue(msqid >= 0);
        assertEquals(msqid, queues().msgctl(msqid & 0x7fff, MSG_STAT_ANY).msqid());
    }

    @Test
    default void idsInANewSystemAreThoseOfTheKernel() {
        try (MessageQueues fresh = emptySystem(1000)) {
            // R12, R13: an index after the other, in rounds of 64, and the sequence number goes up with each round.
            for (int made = 0; made < 200; made++) {
                int msqid = fresh.msgget(IPC_PRIVATE, 0600);
                assertEquals((made / 64) << 15 | made % 64, msqid);
                fresh.msgctl(msqid, IPC_RMID);
            }
        }
    }

    @Test
    default void idsAreNotReusedSoon() {
        Set<Integer> ids = new HashSet<>();
        int lastIndex = -1;
        for (int made = 0; made < 200; made++) {
            int msqid = goneQueue();
            // R13
            assertTrue(ids.add(msqid), "id " + msqid + " again, after " + made);
            assertNotEquals(lastIndex, msqid & 0x7fff);
            lastIndex = msqid & 0x7fff;
        }
    }

    @Test
    default void removedKeyIsFreeAtOnce() {
        int key = newKey();
        int first = made(queues().msgget(key, IPC_CREAT | 0600));
        remove(first);
        int second = made(queues().msgget(key, IPC_CREAT | IPC_EXCL | 0600));
        // R14
        assertNotEquals(first, second);
        assertEquals(second, queues().msgget(key, 0));
    }

    @Test
    default void idOfNoQueueIsInvalid() {
        int used = newQueue();
        send(used, 1, "x");
        receive(used);
        remove(used);
        int nextRound = newQueue() + (1 << 15);
        // R15
        for (int msqid : new int[] {used, goneQueue(), nextRound, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            refused(Errno.EINVAL, () -> send(msqid, 1, "x"));
            refused(Errno.EINVAL, () -> receive(msqid));
            refused(Errno.EINVAL, () -> receive(msqid, 0, MSG_COPY));
            refused(Errno.EINVAL, () -> queues().msgctl(msqid, IPC_STAT));
            refused(Errno.EINVAL, () -> queues().set(msqid, 0, 0, 0600, 1));
            refused(Errno.EINVAL, () -> queues().msgctl(msqid, IPC_RMID));
        }
    }

    @Test
    default void ftokMixesFileAndProject(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Map<String, Object> attributes = Files.readAttributes(file, "unix:dev,ino");
        long device = (Long) attributes.get("dev");
        long inode = (Long) attributes.get("ino");
        int fromFile = (int) ((device & 0xff) << 16 | inode & 0xffff);
        // R16
        assertEquals(0x2a << 24 | fromFile, queues().ftok(file, 0x2a));
        assertEquals(0xff << 24 | fromFile, queues().ftok(file, -1));
        assertEquals(0x01 << 24 | fromFile, queues().ftok(file, 0x301));
        assertEquals(fromFile, queues().ftok(file, 0));
        refused(Errno.ENOENT, () -> queues().ftok(folder.resolve("missing"), 1));
    }

    /** A link's file counts, not the link. */
    @Test
    default void ftokFollowsLinks(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        // R16
        assertEquals(queues().ftok(file, 7), queues().ftok(link, 7));
    }

    @Test
    default void ftokOfALinkToNowhereIsNotFound(@TempDir Path folder) throws IOException {
        Path broken = Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("missing"));
        // R16
        refused(Errno.ENOENT, () -> queues().ftok(broken, 7));
    }
}
