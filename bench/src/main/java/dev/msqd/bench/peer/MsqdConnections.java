package dev.msqd.bench.peer;

import dev.msqd.client.Msqd;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A process's connections to daemons: its lines share one to each, until the last of them is closed. Any thread. */
final class MsqdConnections {
    private static final Map<Path, Connection> OPEN = new HashMap<>();

    private MsqdConnections() {}

    static synchronized Msqd open(Path directory) {
        Connection connection = OPEN.computeIfAbsent(directory, each -> new Connection(Msqd.connect(each)));
        connection.users++;
        return connection.msqd;
    }

    static synchronized void close(Path directory) {
        Connection connection = OPEN.get(directory);
        if (--connection.users == 0) {
            OPEN.remove(directory);
            connection.msqd.close();
        }
    }

    private static final class Connection {
        final Msqd msqd;
        int users;

        Connection(Msqd msqd) {
            this.msqd = msqd;
        }
    }
}
