package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.daemon.trace.Tracing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is alive. A closed connection says nothing; only a pidfd that tells of the process's end is believed, and then
 * everything the client left is settled before it is forgotten. One thread at a time.
 *
 * <pre>
 *            HELLO                       connection lost
 *   (new) ──────────▶ connected ◀──────────────────────────▶ away
 *                         │      HELLO with its id before      │
 *                         │ BYE                                │
 *                         ▼         pidfd: ended (from both)   │
 *                     forgotten ◀── repair ◀───────────────────┘
 * </pre>
 *
 * A client in a pid namespace that is not visible can be watched by the pidfd of its connection alone. After a restart
 * of the daemon it counts as alive until it connects again: death is proved, never guessed.
 */
final class Clients implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Clients.class);

    private final ClientTable table;
    private final Watch watch;
    private final Tracing tracing;
    private final Map<Integer, Client> alive = new LinkedHashMap<>();
    private Queues queues;
    private int inherited;
    private long deaths;
    private long admitted;

    Clients(ClientTable table, Watch watch, Tracing tracing) {
        this.table = table;
        this.watch = watch;
        this.tracing = tracing;
    }

    /**
     * At start, before the queues are opened: watches those of the table that still run. Returns the others; they are
     * forgotten by {@link #forgetDead} once the queues are settled.
     */
    List<ClientTable.Entry> restore() {
        List<ClientTable.Entry> dead = new ArrayList<>();
        for (ClientTable.Entry entry : table.entries()) {
            int pidfd = entry.pid() == 0 ? Client.NO_PIDFD : openPidfd(entry);
            if (entry.pid() != 0 && pidfd == Client.NO_PIDFD) {
                dead.add(entry);
                continue;
            }
            if (entry.pid() == 0) {
                LOG.warn("client {} lives in another pid namespace: until it connects again its end goes unnoticed",
                    entry.clientId());
            }
            Client client = new Client(entry, pidfd, true);
            inherited++;
            admit(client);
        }
        return dead;
    }

    /** At start, after the queues were opened: what these left in them is settled by now. */
    void forgetDead(List<ClientTable.Entry> dead, Queues opened) {
        queues = opened;
        for (ClientTable.Entry entry : dead) {
            LOG.info("client {} (process {}) ended while no daemon ran", entry.clientId(), entry.pid());
            tracing.leave(entry.clientId());
            table.remove(entry.clientId());
            deaths++;
        }
    }

    /** The client with this id, or null. */
    Client get(int clientId) {
        return alive.get(clientId);
    }

    /** Which process a client id stands for, or null. */
    ClientTable.Entry entry(int clientId) {
        Client client = alive.get(clientId);
        return client == null ? null : client.entry();
    }

    /** Whether a client id is one of a process that is not known to have ended. */
    boolean isAlive(long clientId) {
        return clientId == (int) clientId && alive.containsKey((int) clientId);
    }

    /** Whether a client's process is stopped (SIGSTOP) at the moment. */
    boolean isStopped(long clientId) {
        Client client = clientId == (int) clientId ? get((int) clientId) : null;
        return client != null && client.entry().pid() != 0 && Processes.isStopped(client.entry().pid());
    }

    /** How many there are, connected or away. */
    int size() {
        return alive.size();
    }

    /** How many there have been since this daemon started. */
    long admitted() {
        return admitted;
    }

    /** How many ended without a good-bye, as far as this daemon noticed. */
    long deaths() {
        return deaths;
    }

    /** Whether there is a client of which nobody knows what it is attached to. */
    boolean anyInherited() {
        return inherited > 0;
    }

    /**
     * The client behind a new connection: the one with the previous id if it is the same process, else a new one, which
     * is in the table when this returns.
     *
     * @throws ErrnoException EAGAIN, ENOSPC, EIO from the table; ESRCH if the process ended meanwhile
     */
    Client hello(Connection connection, PeerCredentials peer, int previousId) {
        long startTime = peer.pid() == 0 ? 0 : startTime(peer.pid());
        if (startTime < 0 || Processes.exited(connection.pidfd())) {
            throw new ErrnoException(Errno.ESRCH, "process " + peer.pid() + " has ended");
        }
        Client client = get(previousId);
        if (client != null && client.entry().sameProcess(peer.pid(), peer.uid(), startTime)) {
            if (client.pidfd() == Client.NO_PIDFD) {
                client.pidfd(connection.takePidfd());
                watchProcess(client);
            }
        } else {
            client = new Client(table.add(peer.pid(), peer.uid(), startTime), connection.takePidfd(), false);
            admit(client);
        }
        return client;
    }

    /** BYE: the client says that it holds nothing any more. */
    void bye(Client client) {
        List<ServedQueue> concerned = new ArrayList<>(client.attached());
        release(client);
        // It may have said so with a message in hand, which it can't give back any more.
        concerned.forEach(queue -> queues.upkeep().repair(queue, this::isAlive));
        table.remove(client.id());
    }

    /** Lets go of everything, without forgetting anybody. */
    @Override
    public void close() {
        for (Client client : alive.values()) {
            if (client.pidfd() != Client.NO_PIDFD) {
                watch.remove(client.pidfd());
                LinuxFile.close(client.pidfd());
            }
        }
        alive.clear();
        table.close();
    }

    private void admit(Client client) {
        alive.put(client.id(), client);
        admitted++;
        tracing.enter(client.id(), client.entry().pid(), client.entry().uid());
        if (client.pidfd() != Client.NO_PIDFD) {
            watchProcess(client);
        }
    }

    private void watchProcess(Client client) {
        watch.add(client.pidfd(), () -> died(client));
    }

    /** The proof: settles what the client left, then forgets it. Killed in between, the next daemon does it again. */
    private void died(Client client) {
        LOG.info("client {} (process {}) has ended", client.id(), client.entry().pid());
        List<ServedQueue> concerned =
            new ArrayList<>(client.inherited() ? queues.all() : client.attached());
        release(client);
        for (ServedQueue queue : concerned) {
            queues.upkeep().repair(queue, this::isAlive);
        }
        queues.recount();
        table.remove(client.id());
        deaths++;
    }

    private void release(Client client) {
        alive.remove(client.id());
        tracing.leave(client.id());
        if (client.inherited()) {
            inherited--;
        }
        client.attached().forEach(ServedQueue::detached);
        client.attached().clear();
        if (client.pidfd() != Client.NO_PIDFD) {
            watch.remove(client.pidfd());
            LinuxFile.close(client.pidfd());
            client.pidfd(Client.NO_PIDFD);
        }
    }

    /** A pidfd of exactly that process, or {@link Client#NO_PIDFD}: it has ended. */
    private static int openPidfd(ClientTable.Entry entry) {
        int pidfd = Processes.pidfdOpen(entry.pid());
        if (pidfd < 0) {
            return Client.NO_PIDFD;
        }
        // Asked after the pidfd was opened: the same start means the same process.
        boolean same = entry.startTime() == 0 || startTime(entry.pid()) == entry.startTime();
        if (same && !Processes.exited(pidfd)) {
            return pidfd;
        }
        LinuxFile.close(pidfd);
        return Client.NO_PIDFD;
    }

    /** 0 where /proc hides the process, -1 if there is none. */
    private static long startTime(int pid) {
        try {
            return Processes.startTime(pid);
        } catch (ErrnoException e) {
            return 0;
        }
    }
}
