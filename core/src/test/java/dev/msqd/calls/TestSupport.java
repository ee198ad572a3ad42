package dev.msqd.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** What several tests of this package need: other processes, and looks at this one. */
final class TestSupport {
    private TestSupport() {}

    /** Another JVM that runs {@link CallsChild}, with words in front of its command line, such as prlimit's. */
    static Process child(List<String> prefix, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
            "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED", "-cp", classPath(), CallsChild.class.getName()));
        command.addAll(List.of(arguments));
        return start(command.toArray(new String[0]));
    }

    static Process child(String... arguments) throws IOException {
        return child(List.of(), arguments);
    }

    static Process start(String... command) throws IOException {
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String classPath() {
        return Stream.of(Errno.class, CallsChild.class, org.agrona.DirectBuffer.class)
            .map(TestSupport::origin).distinct().collect(Collectors.joining(":"));
    }

    private static String origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a command to its end; true if it could be started and its exit status was 0. */
    static boolean succeeds(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    static void assertExit(int status, Process process) throws InterruptedException {
        assertEquals(status, process.waitFor(), "exit status");
    }

    static void assertLine(String expected, BufferedReader reader) throws IOException {
        assertEquals(expected, reader.readLine());
    }

    static ErrnoException assertErrno(int errno, Executable call) {
        ErrnoException e = assertThrows(ErrnoException.class, call);
        assertEquals(Errno.name(errno), e.errnoName(), e.getMessage());
        return e;
    }

    static void assertMentions(String part, Throwable t) {
        assertTrue(t.getMessage().contains(part), () -> "no \"" + part + "\" in: " + t.getMessage());
    }

    static int openDescriptors() {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
            return (int) fds.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isRoot() {
        return Processes.effectiveUid() == 0;
    }

    static void awaitTrue(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) { // the test's own time limit is the watchdog
            Thread.sleep(2);
        }
    }
}
