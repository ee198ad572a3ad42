package dev.msqd.bench.machine;

import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the figures depend on besides the program. */
public final class Machine {
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** By name, for the head of a report. */
    public static Map<String, String> description() {
        KernelQueue.Info limits = KernelQueue.info(SysV.IPC_INFO);
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("machine", processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
            + line("/proc/meminfo").replaceAll("\\s+", " "));
        facts.put("kernel", "Linux " + System.getProperty("os.version"));
        facts.put("limits",
            "msgmax " + limits.msgmax() + ", msgmnb " + limits.msgmnb() + ", msgmni " + limits.msgmni());
        facts.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("revision", revision());
        facts.put("load before", line("/proc/loadavg"));
        return facts;
    }

    private static String line(String file) {
        try {
            return Files.readAllLines(Path.of(file)).getFirst();
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst().orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /** What the working tree that this program was built in is at now. */
    private static String revision() {
        try {
            Path program = Path.of(Machine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            Process git = new ProcessBuilder(
                "git", "-C", program.getParent().toString(), "describe", "--always", "--dirty")
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String line = git.inputReader().readLine();
            return git.waitFor() == 0 && line != null ? line : UNKNOWN;
        } catch (IOException | URISyntaxException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
