package dev.msqd.calls;

/**
 * Who is at the other end of a socket, as the kernel recorded it when the connection was made: what the process has
 * become since does not show.
 *
 * @param pid as seen from the caller's pid namespace; 0 if not visible there.
 * @param uid effective user id; all 32 bits count.
 * @param gid effective group id; all 32 bits count.
 * @param groups supplementary group ids; not to be changed.
 */
public record PeerCredentials(int pid, int uid, int gid, int[] groups) {

    /** Whether a group is the effective or a supplementary one: the question of rule R7. */
    public boolean inGroup(int group) {
        if (group == gid) {
            return true;
        }
        for (int supplementary : groups) {
            if (group == supplementary) {
                return true;
            }
        }
        return false;
    }
}
