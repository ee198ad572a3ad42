package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Processes;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.control.Credentials;

/** A connection to the control socket. It becomes a client's with HELLO. The conductor's alone. */
final class Connection {
    private final UnixSocket socket;
    private int pidfd;
    private Credentials own;
    private Credentials credentials;
    private Client client;
    private boolean tracing;

    /** @param pidfd of the process that connected; this object's until it is taken */
    Connection(UnixSocket socket, int pidfd) {
        this.socket = socket;
        this.pidfd = pidfd;
    }

    UnixSocket socket() {
        return socket;
    }

    /** The pidfd, while it is this object's. */
    int pidfd() {
        return pidfd;
    }

    /** The pidfd; it is the caller's from now on. */
    int takePidfd() {
        int taken = pidfd;
        pidfd = Client.NO_PIDFD;
        return taken;
    }

    /** Null before HELLO. */
    Client client() {
        return client;
    }

    /** By which requests are judged; null before HELLO. */
    Credentials credentials() {
        return credentials;
    }

    void welcome(Client newClient, Credentials judged) {
        client = newClient;
        own = judged;
        credentials = judged;
    }

    /**
     * Requests are another process's from now on. Root may act for anybody, others for who has no rights that they don't have.
     *
     * @throws ErrnoException EPERM
     */
    void actFor(Credentials other) {
        boolean mayBeAnybody = own.uid() == 0 && own.has(Processes.CAP_SYS_ADMIN);
        if (!mayBeAnybody && !own.covers(other)) {
            throw new ErrnoException(Errno.EPERM, "user " + Integer.toUnsignedString(own.uid())
                + " may not act for user " + Integer.toUnsignedString(other.uid()) + ", group "
                + Integer.toUnsignedString(other.gid()) + " with capabilities "
                + Long.toHexString(other.capabilities()));
        }
        credentials = other;
    }

    /** Whether calls are traced on its account. */
    boolean tracing() {
        return tracing;
    }

    void tracing(boolean traces) {
        tracing = traces;
    }

    void close() {
        socket.close();
        if (pidfd != Client.NO_PIDFD) {
            LinuxFile.close(takePidfd());
        }
    }
}
