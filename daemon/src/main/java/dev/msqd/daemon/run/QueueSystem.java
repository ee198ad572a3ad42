package dev.msqd.daemon.run;

import dev.msqd.client.Msqd;
import dev.msqd.client.QueuePool;
import dev.msqd.client.control.Credentials;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The queues of an IPC namespace: a daemon's, and a connection to it for each kind of user that asks for them. Any thread.
 */
final class QueueSystem implements AutoCloseable {
    private final Path directory;
    private final Runnable afterClose;
    private final Map<Rights, Connection> connections = new HashMap<>();

    /** Two threads that are alike in this are alike to a queue. */
    private record Rights(int uid, int gid, String groups, long capabilities) {
        static Rights of(Credentials credentials) {
            return new Rights(credentials.uid(), credentials.gid(),
                Arrays.toString(credentials.peer().groups()), credentials.capabilities());
        }
    }

    /** A connection by whose rights calls are judged, and the queues that are open on it. */
    record Connection(Msqd msqd, QueuePool pool) {}

    /** @param afterClose called when the connections are closed */
    QueueSystem(Path directory, Runnable afterClose) {
        this.directory = directory;
        this.afterClose = afterClose;
    }

    /** @throws dev.msqd.calls.ErrnoException as {@link Msqd#connect(Path, Credentials)} */
    synchronized Connection of(Credentials credentials) {
        return connections.computeIfAbsent(Rights.of(credentials), rights -> {
            Msqd msqd = Msqd.connect(directory, credentials);
            return new Connection(msqd, new QueuePool(msqd));
        });
    }

    /** Not while a call is under way. */
    @Override
    public synchronized void close() {
        for (Connection connection : connections.values()) {
            connection.pool.close();
            connection.msqd.close();
        }
        afterClose.run();
    }
}
