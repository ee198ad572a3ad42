package dev.msqd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.control.Credentials;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final int UID = 10;
    private static final int CUID = 11;
    private static final int GID = 20;
    private static final int CGID = 21;
    private static final int OTHER = 99;

    private static Credentials caller(int uid, int gid, int... groups) {
        return new Credentials(new PeerCredentials(1, uid, gid, groups), 0);
    }

    private static Credentials capable(int capability) {
        return new Credentials(new PeerCredentials(1, OTHER, OTHER, new int[0]), 1L << capability);
    }

    private static int granted(Credentials caller, int mode) {
        return Access.granted(caller, UID, GID, CUID, CGID, mode);
    }

    /** R4, R5: every msgflg folds its three classes into one request. */
    @Test
    void foldsTheThreeClassesOfEveryMsgflg() {
        for (int msgflg = 0; msgflg <= 07777; msgflg++) {
            int expected = 0;
            for (int bit = 0; bit < 9; bit++) {
                if ((msgflg >> bit & 1) != 0) {
                    expected |= 1 << bit % 3;
                }
            }
            assertEquals(expected, Access.requested(msgflg), "msgflg 0" + Integer.toOctalString(msgflg));
        }
    }

    /** R7: all combinations of who the caller is, against all modes; the first class that fits decides alone. */
    @Test
    void judgesByExactlyOneClass() {
        int[] uids = {UID, CUID, OTHER};
        int[] gids = {GID, CGID, OTHER};
        int[][] supplementary = {{}, {OTHER}, {GID}, {OTHER, CGID}};
        for (int uid : uids) {
            for (int gid : gids) {
                for (int[] groups : supplementary) {
                    boolean owner = uid != OTHER;
                    boolean member = gid != OTHER || groups.length > 0 && groups[groups.length - 1] != OTHER;
                    int shift = owner ? 6 : member ? 3 : 0;
                    for (int mode = 0; mode <= 0777; mode++) {
                        assertEquals(mode >> shift & 7, granted(caller(uid, gid, groups), mode),
                            "uid " + uid + " gid " + gid + " mode 0" + Integer.toOctalString(mode));
                    }
                }
            }
        }
    }

    /** R7: no fall-through: on mode 0066 the owner is refused and others pass. */
    @Test
    void refusesTheOwnerWhatOthersMay() {
        assertFalse(Access.permits(granted(caller(UID, OTHER), 0066), Access.READ));
        assertFalse(Access.permits(granted(caller(CUID, OTHER), 0066), Access.WRITE));
        assertTrue(Access.permits(granted(caller(OTHER, OTHER), 0066), Access.READ | Access.WRITE));
    }

    /** R5: x counts too. */
    @Test
    void countsExecute() {
        assertFalse(Access.permits(granted(caller(UID, GID), 0666), Access.requested(0111)));
        assertTrue(Access.permits(granted(caller(UID, GID), 0777), Access.requested(0111)));
    }

    /** R4, R6: a request is granted when no bit of it is missing, nothing requested always. */
    @Test
    void permitsWhenNoBitIsMissing() {
        for (int granted = 0; granted < 8; granted++) {
            assertTrue(Access.permits(granted, 0));
            for (int requested = 0; requested < 8; requested++) {
                assertEquals((granted | requested) == granted, Access.permits(granted, requested));
            }
        }
    }

    /** R8: CAP_IPC_OWNER, and no other capability, overrides the mode. */
    @Test
    void letsCapIpcOwnerPass() {
        assertEquals(7, granted(capable(Processes.CAP_IPC_OWNER), 0));
        assertEquals(0, granted(capable(Processes.CAP_SYS_ADMIN), 0));
        assertEquals(0, granted(capable(Processes.CAP_SYS_RESOURCE), 0));
    }

    /** R62, R63: owner, creator or CAP_SYS_ADMIN; being in the group is nothing. */
    @Test
    void knowsWhoOwns() {
        assertTrue(Access.owns(caller(UID, OTHER), UID, CUID));
        assertTrue(Access.owns(caller(CUID, OTHER), UID, CUID));
        assertTrue(Access.owns(capable(Processes.CAP_SYS_ADMIN), UID, CUID));
        assertFalse(Access.owns(caller(OTHER, GID, CGID), UID, CUID));
        assertFalse(Access.owns(capable(Processes.CAP_IPC_OWNER), UID, CUID));
    }

    /** R65: up to msgmnb for anyone, above it with CAP_SYS_RESOURCE; what is negative is a very large number. */
    @Test
    void limitsQbytes() {
        assertTrue(Access.mayLimit(caller(UID, GID), 0, 100));
        assertTrue(Access.mayLimit(caller(UID, GID), 100, 100));
        assertFalse(Access.mayLimit(caller(UID, GID), 101, 100));
        assertFalse(Access.mayLimit(caller(UID, GID), -1, 100));
        assertTrue(Access.mayLimit(capable(Processes.CAP_SYS_RESOURCE), 101, 100));
        assertFalse(Access.mayLimit(capable(Processes.CAP_SYS_ADMIN), 101, 100));
    }
}
