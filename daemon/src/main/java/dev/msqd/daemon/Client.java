package dev.msqd.daemon;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** A client that may hold something in the queues' memory, connected or not. The conductor's alone. */
final class Client {
    /** No pidfd: the process is in a pid namespace that is not visible, and has not come back yet. */
    static final int NO_PIDFD = -1;

    private final ClientTable.Entry entry;
    private final Set<ServedQueue> attached = Collections.newSetFromMap(new IdentityHashMap<>());
    private final boolean inherited;
    private int pidfd;
    private Connection connection;

    /**
     * @param pidfd     belongs to this object, or {@link #NO_PIDFD}
     * @param inherited known from the table alone: it may be attached to any queue
     */
    Client(ClientTable.Entry entry, int pidfd, boolean inherited) {
        this.entry = entry;
        this.pidfd = pidfd;
        this.inherited = inherited;
    }

    ClientTable.Entry entry() {
        return entry;
    }

    int id() {
        return entry.clientId();
    }

    /** The process, as something to watch. */
    int pidfd() {
        return pidfd;
    }

    void pidfd(int fd) {
        pidfd = fd;
    }

    /** Its connection, or null. */
    Connection connection() {
        return connection;
    }

    void connection(Connection newConnection) {
        connection = newConnection;
    }

    /** Whether an earlier daemon let it in, so that nobody knows which queues it is attached to. */
    boolean inherited() {
        return inherited;
    }

    /** The queues it attached since this daemon started. */
    Set<ServedQueue> attached() {
        return attached;
    }

    void attach(ServedQueue queue) {
        if (attached.add(queue)) {
            queue.attached();
        }
    }
}
