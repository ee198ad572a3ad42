package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.Credentials;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that act for others: who may, and by whose rights they are judged. */
class ActForTest {
    private static final long ALL_CAPABILITIES = -1;
    private static final long ONE_CAPABILITY = 1L << Processes.CAP_IPC_OWNER;

    @Test
    void judgesByTheOthersRights(@TempDir Path folder) {
        assumeTrue(Processes.effectiveUid() == 0, "only root may act for anybody");
        Map<String, String> settings =
            Map.of("dir", folder.resolve("data").toString(), "hot.dir", folder.resolve("hot").toString());
        try (Daemon daemon = Daemon.start(Configuration.load(settings, Map.of(), null));
            Msqd root = Msqd.connect(daemon.directory());
            Msqd other = Msqd.connect(daemon.directory(), user(20_001, 0, 20_002))) {
            int ofRoot = root.get(1, Msqd.IPC_CREAT | 0600);
            int ofOther = other.get(2, Msqd.IPC_CREAT | 0640);
            MsqidDs ds = root.stat(ofOther);
            // R10, R4, R62
            assertEquals(20_001, ds.uid());
            assertEquals(20_002, ds.cgid());
            refused(Errno.EACCES, () -> other.stat(ofRoot));
            refused(Errno.EACCES, () -> other.open(ofRoot));
            refused(Errno.EPERM, () -> other.remove(ofRoot));
            // And so by the memory's rules, which the client keeps itself.
            try (var queue = other.open(ofOther)) {
                queue.send(1, new byte[1], 0, 1);
                root.set(ofOther, dev.msqd.client.QueueSettings.none().withMode(0400));
                refused(Errno.EACCES, () -> queue.send(1, new byte[1], 0, 1));
            }
            try (Msqd capable = Msqd.connect(daemon.directory(), user(20_001, ONE_CAPABILITY, 20_002))) {
                // R8
                assertEquals(ofRoot, capable.stat(ofRoot).msqid());
            }
        }
    }

    @Test
    void onlyRootMayActForWhoHasMore() {
        Credentials user = user(20_001, ONE_CAPABILITY, 20_001, 20_005);
        actFor(user, user);
        actFor(user, user(20_001, 0, 20_005));
        refused(Errno.EPERM, () -> actFor(user, user(20_002, 0, 20_001)));
        refused(Errno.EPERM, () -> actFor(user, user(0, 0, 20_001)));
        refused(Errno.EPERM, () -> actFor(user, user(20_001, 0, 20_006)));
        refused(Errno.EPERM, () -> actFor(user, user(20_001, 0, 20_001, 20_006)));
        refused(Errno.EPERM, () -> actFor(user, user(20_001, ALL_CAPABILITIES, 20_001)));
        Credentials root = user(0, ALL_CAPABILITIES, 0);
        actFor(root, user(20_002, ALL_CAPABILITIES, 20_009));
        // Root of a user namespace has no capability here.
        refused(Errno.EPERM, () -> actFor(user(0, 0, 0), user(20_002, 0, 0)));
    }

    private static void actFor(Credentials own, Credentials other) {
        Connection connection = new Connection(null, Client.NO_PIDFD);
        connection.welcome(null, own);
        connection.actFor(other);
        assertEquals(other, connection.credentials());
    }

    private static Credentials user(int uid, long capabilities, int gid, int... groups) {
        return new Credentials(new PeerCredentials(1, uid, gid, groups), capabilities);
    }

    private static void refused(int errno, org.junit.jupiter.api.function.Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
    }
}
