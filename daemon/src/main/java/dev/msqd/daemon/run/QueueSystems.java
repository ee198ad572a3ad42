package dev.msqd.daemon.run;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.agrona.IoUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues of each IPC namespace. This process's own namespace has those of the data directory. Another one has its own, which end
 * with this process, as a namespace's queues end with the namespace: a daemon in this process serves them from a temporary folder.
 * Any thread.
 */
final class QueueSystems implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSystems.class);

    private final QueueSystem own;
    private final Map<Long, QueueSystem> others = new HashMap<>();

    QueueSystems(QueueSystem own) {
        this.own = own;
    }

    QueueSystem of(Target target) {
        return target.ipcNamespace() == Namespace.ourIpc() ? own : other(target);
    }

    @Override
    public synchronized void close() {
        for (QueueSystem other : others.values()) {
            other.close();
        }
        own.close();
    }

    private synchronized QueueSystem other(Target target) {
        return others.computeIfAbsent(target.ipcNamespace(), namespace -> {
            try {
                // As long as it is open, no other namespace has its number.
                int pin = LinuxFile.open(Path.of("/proc/" + target.process() + "/ns/ipc"), LinuxFile.O_RDONLY, 0);
                Path folder = Files.createTempDirectory("msqd-run-");
                Daemon daemon = Daemon.start(Configuration.load(Map.of(
                    "dir", folder.resolve("data").toString(),
                    "hot.dir", folder.resolve("hot").toString(),
                    "durability", "process"), null));
                LOG.debug("IPC namespace {} of process {} is served from {}", namespace, target.process(), folder);
                return new QueueSystem(daemon.directory(), () -> {
                    daemon.close();
                    IoUtil.delete(folder.toFile(), e -> LOG.warn("cannot delete {}: {}", folder, e.toString()));
                    LinuxFile.close(pin);
                });
            } catch (IOException e) {
                throw new ErrnoException(Errno.ENOMEM, "no place for the queues of another IPC namespace: " + e, e);
            }
        });
    }
}
