package dev.msqd.daemon;

import dev.msqd.client.DaemonProvider;
import java.nio.file.Path;

/** Daemons within a client's JVM; found through {@link java.util.ServiceLoader}. */
public final class EmbeddedDaemonProvider implements DaemonProvider {
    /**
     * Starts a daemon with the data directory's own configuration file and the environment.
     *
     * @throws dev.msqd.calls.ErrnoException EBUSY if another daemon serves it, and whatever {@link Daemon#start} throws
     * @throws ConfigurationException        as {@link Configuration#of}
     */
    @Override
    public Daemon start(Path dataDirectory) {
        return Daemon.start(Configuration.of(dataDirectory));
    }
}
