package dev.msqd.daemon.trace;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.util.Map;

/** What a JVM needs for Chronicle Queue, and how that keeps quiet. Loads nothing of it. */
final class ChronicleAccess {
    private static final Module BASE = Object.class.getModule();
    private static final Module OURS = ChronicleAccess.class.getModule();

    private ChronicleAccess() {}

    /**
     * Makes ready for the first use of Chronicle Queue. What the user has set stays.
     *
     * @throws ErrnoException EOPNOTSUPP naming an option that the JVM was not started with
     */
    static void prepare() {
        need(BASE.isOpen("java.lang.reflect", OURS), "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED");
        need(BASE.isExported("sun.nio.ch", OURS), "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
        need(BASE.isExported("jdk.internal.ref", OURS), "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED");
        Map.of(
            "chronicle.analytics.disable", "true",
            "chronicle.announcer.disable", "true",
            "chronicle.disk.monitor.disable", "true",
            "org.slf4j.simpleLogger.log.net.openhft", "off"
        ).forEach((key, value) -> {
            if (System.getProperty(key) == null) {
                System.setProperty(key, value);
            }
        });
    }

    private static void need(boolean there, String option) {
        if (!there) {
            throw new ErrnoException(Errno.EOPNOTSUPP,
                "tracing needs a JVM that was started with " + option + " (and more, see docs/trace.md)");
        }
    }
}
