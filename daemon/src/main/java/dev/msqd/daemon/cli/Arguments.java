package dev.msqd.daemon.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line as it was typed. */
final class Arguments {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /** The last arguments of the command line, byte for byte as this process was given them; by UTF-8 where it is not known any more. */
    static List<byte[]> bytes(List<String> last) {
        List<byte[]> arguments = new ArrayList<>();
        try {
            byte[] all = Files.readAllBytes(COMMAND_LINE);
            int end = all.length;
            for (int i = 0; i < last.size() && end > 0; i++) {
                int begin = end - 1;
                while (begin > 0 && all[begin - 1] != 0) {
                    begin--;
                }
                arguments.addFirst(Arrays.copyOfRange(all, begin, end - 1));
                end = begin;
            }
        } catch (IOException e) {
            arguments.clear();
        }
        return arguments.size() == last.size() ? arguments
            : last.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    }

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
