package dev.msqd.daemon.durability.device;

import dev.msqd.daemon.TestJvm;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Programs that the rigs are made of. */
public final class Program {
    private Program() {}

    /** Fails, naming the Debian package, if a program is not there. */
    public static void require(String name, String debianPackage) {
        if (!TestJvm.hasProgram(name)) {
            throw new AssertionError(name + " is not on the PATH; install Debian's package " + debianPackage
                + " (apt-get install --no-install-recommends " + debianPackage + ")");
        }
    }

    /** Runs a program to its end and returns what it said, without the last line's end. */
    public static String run(Object... command) throws IOException {
        List<String> words = Arrays.stream(command).map(Object::toString).toList();
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int status = end(process);
        if (status != 0) {
            throw new IOException(String.join(" ", words) + " ended with status " + status + ": " + output);
        }
        return output;
    }

    private static int end(Process process) throws InterruptedIOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }
}
