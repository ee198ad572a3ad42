package dev.msqd.daemon.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The command line as it was typed. */
final class Arguments {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /**
     * The arguments, read as UTF-8 whatever the locale: in the C locale (cron, containers) the JVM turns each byte
     * outside ASCII into a replacement character. The kernel still has the bytes; ours are the last arguments.
     */
    static String[] utf8(String[] decoded) {
        if ("UTF-8".equals(System.getProperty("sun.jnu.encoding"))) {
            return decoded;
        }
        try {
            String[] all = new String(Files.readAllBytes(COMMAND_LINE), StandardCharsets.UTF_8).split("\0", -1);
            // A zero ends each argument, so what follows the last one is an empty string.
            int end = all.length - 1;
            return end < decoded.length ? decoded : Arrays.copyOfRange(all, end - decoded.length, end);
        } catch (IOException e) {
            return decoded;
        }
    }
}
