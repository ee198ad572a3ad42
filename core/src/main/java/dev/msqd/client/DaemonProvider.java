package dev.msqd.client;

import java.nio.file.Path;

/** A daemon that runs in this process: the daemon's module provides one, {@link Msqd#embedded} looks for it. */
public interface DaemonProvider {
    /** Serves a data directory until closed. */
    AutoCloseable start(Path dataDirectory);
}
