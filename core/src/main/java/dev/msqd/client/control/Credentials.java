package dev.msqd.client.control;

import dev.msqd.calls.PeerCredentials;

/**
 * Who a client is, as the daemon sees it: taken from the socket when the client connected, so a process that changes
 * its user afterwards has to connect anew.
 *
 * @param peer         process, user and groups; the process id is 0 when the client lives in a pid namespace that the
 *                     daemon cannot see into
 * @param capabilities effective capabilities, a bit each; 0 where the daemon could not make sure of them
 */
public record Credentials(PeerCredentials peer, long capabilities) {
    /** Process id, or 0. */
    public int pid() {
        return peer.pid();
    }

    /** Effective user id. */
    public int uid() {
        return peer.uid();
    }

    /** Effective group id. */
    public int gid() {
        return peer.gid();
    }

    /** Whether this is the effective group or one of the supplementary ones. */
    public boolean inGroup(int group) {
        return peer.inGroup(group);
    }

    /** Whether another has the same user, and no group and no capability that this one has not. */
    public boolean covers(Credentials other) {
        boolean groups = inGroup(other.gid());
        for (int group : other.peer().groups()) {
            groups &= inGroup(group);
        }
        return groups && uid() == other.uid() && (other.capabilities & ~capabilities) == 0;
    }

    /** Whether a capability of {@link dev.msqd.calls.Processes} is in effect. */
    public boolean has(int capability) {
        return (capabilities >>> capability & 1) != 0;
    }
}
