package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import java.util.HashMap;
import java.util.Map;

/**
 * A daemon as a process: {@code dataDirectory hotDirectory key=value...}. It says {@code ready}, or why not, and serves until its standard
 * input ends.
 */
final class DaemonMain {
    private DaemonMain() {}

    public static void main(String[] args) throws Exception {
        Daemon daemon;
        try {
            Map<String, String> settings = new HashMap<>(Map.of("dir", args[0], "hot.dir", args[1]));
            for (int index = 2; index < args.length; index++) {
                String[] setting = args[index].split("=", 2);
                settings.put(setting[0], setting[1]);
            }
            daemon = Daemon.start(Configuration.load(settings, Map.of(), null));
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
