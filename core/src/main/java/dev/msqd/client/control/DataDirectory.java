package dev.msqd.client.control;

import java.nio.file.Path;
import java.util.Map;

/** Where a data directory is and what is in it. */
public final class DataDirectory {
    /** Name of the control socket. */
    public static final String SOCKET = "socket";
    /** Name of the file that the serving daemon holds locked. */
    public static final String LOCK = "lock";
    /** Name of the folder of the queues' logs. */
    public static final String LOG = "log";
    /** Name of the file that says when queues were last used. */
    public static final String TIMES = "times";
    /** Name of the folder of the stored trace. */
    public static final String TRACE = "trace";
    /** Name of the table of queues. */
    public static final String REGISTRY = "registry";
    /** Environment variable that names the data directory. */
    public static final String ENVIRONMENT_VARIABLE = "MSQD_DIR";

    private DataDirectory() {}

    /** The directory that is served when none is named. */
    public static Path byDefault() {
        return byDefault(System.getenv(), System.getProperty("user.name"), Path.of(System.getProperty("user.home")));
    }

    /**
     * {@code $MSQD_DIR}; else for root {@code /var/lib/msqd}; else {@code $XDG_STATE_HOME/msqd}, which is
     * {@code ~/.local/state/msqd} unless it is set to an absolute path.
     */
    static Path byDefault(Map<String, String> environment, String user, Path home) {
        String named = environment.getOrDefault(ENVIRONMENT_VARIABLE, "");
        if (!named.isEmpty()) {
            return Path.of(named).toAbsolutePath();
        }
        if (user.equals("root")) {
            return Path.of("/var/lib/msqd");
        }
        Path state = Path.of(environment.getOrDefault("XDG_STATE_HOME", ""));
        return (state.isAbsolute() ? state : home.resolve(".local/state")).resolve("msqd");
    }
}
