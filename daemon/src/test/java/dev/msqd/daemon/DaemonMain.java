package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import java.util.Map;

/** A daemon as a process: says {@code ready}, or why not, and serves until its standard input ends. */
final class DaemonMain {
    private DaemonMain() {}

    public static void main(String[] args) throws Exception {
        Daemon daemon;
        try {
            daemon = Daemon.start(Configuration.load(Map.of("dir", args[0], "hot.dir", args[1]), Map.of(), null));
        } catch (ErrnoException e) {
            System.out.println(e.getMessage());
            System.exit(1);
            return;
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // until the end
        }
        daemon.close();
    }
}
