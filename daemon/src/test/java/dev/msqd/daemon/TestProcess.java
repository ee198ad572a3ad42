package dev.msqd.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of its own with this one's class path; a test reads its standard output line by line and can kill it. */
final class TestProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private TestProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /** Starts a main class. */
    static TestProcess start(Class<?> main, String... arguments) throws IOException {
        return start(List.of(), System.getProperty("java.class.path"), main, arguments);
    }

    /** Starts a main class under a program such as setpriv, with a class path of its own. */
    static TestProcess start(List<String> wrapper, String classPath, Class<?> main, String... arguments)
        throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", "-Xmx128m",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", classPath, main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new TestProcess(process);
    }

    /** Copies of what these classes were loaded from, for a user who may not read the originals. */
    static String copiedClassPath(Path folder, Class<?>... classes) throws Exception {
        List<String> copies = new ArrayList<>();
        for (Class<?> each : classes) {
            Path source = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path copy = folder.resolve("lib" + copies.size() + "-" + source.getFileName());
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.toList()) {
                    Path target = copy.resolve(source.relativize(file).toString());
                    Files.copy(file, file.equals(source) ? copy : target);
                }
            }
            copies.add(copy.toString());
        }
        return String.join(":", copies);
    }

    int pid() {
        return (int) process.pid();
    }

    /** The next line; null at the end. */
    String line() throws IOException {
        return output.readLine();
    }

    /** Lets the process go on past its next {@code System.in.read()}. */
    void go() throws IOException {
        process.outputWriter().write('\n');
        process.outputWriter().flush();
    }

    /** Ends its standard input. */
    void endInput() throws IOException {
        process.outputWriter().close();
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Waits for its end; returns its exit status. */
    int await() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("process " + process.pid() + " does not end");
        }
        return process.exitValue();
    }

    /** Whether a program is there. */
    static boolean hasProgram(String name) {
        for (String folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, name))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
