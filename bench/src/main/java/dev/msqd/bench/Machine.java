package dev.msqd.bench;

import dev.msqd.client.SysV;
import dev.msqd.oracle.KernelQueue;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the figures depend on besides the program. */
public final class Machine {
    private static final String UNKNOWN = "unknown";

    private Machine() {}

    /** A line each. */
    public static List<String> description() {
        return List.of(
            "processor   " + processor() + ", " + Runtime.getRuntime().availableProcessors() + " to be used",
            "kernel      Linux " + System.getProperty("os.version") + ", msgmnb " + msgmnb(),
            "JDK         " + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
            "revision    " + revision());
    }

    /** Limit of a new queue of the kernel's, in bytes. */
    static int msgmnb() {
        return KernelQueue.info(SysV.IPC_INFO).msgmnb();
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
