package dev.msqd.daemon.cli;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another process of this program: the same java, with the same flags and the same class path. */
final class DemoProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Path log;

    private DemoProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a command. What it prints goes to a file; its stdin ends when this process does.
     *
     * @param folder for the file
     * @param name   what to call it
     */
    static DemoProcess start(Path folder, String name, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command()
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> !argument.startsWith("-agentlib:jdwp"))
            .forEach(command::add);
        String classPath = System.getProperty("java.class.path");
        if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
            // Its manifest has flags that count only this way.
            command.addAll(List.of("-jar", classPath));
        } else {
            command.addAll(List.of("-cp", classPath, Main.class.getName()));
        }
        command.addAll(arguments);
        Path log = folder.resolve(name + ".log");
        Process process = new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
        return new DemoProcess(name, process, log);
    }

    long pid() {
        return process.pid();
    }

    /** kill -9, and waits until it is dead. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and waits until it has stopped. */
    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    /** Whether it has ended well; a process that ended otherwise is a failure that tells what it printed. */
    boolean ended() {
        if (process.isAlive()) {
            return false;
        }
        if (process.exitValue() != ExitStatus.OK) {
            throw new Failure(ExitStatus.REFUSED,
                "the demo's " + name + " ended with status " + process.exitValue() + "\n" + printed().strip());
        }
        return true;
    }

    /** Waits until it has ended well, or so long. */
    boolean waitFor(long timeoutMs) throws InterruptedException {
        return process.waitFor(timeoutMs, TimeUnit.MILLISECONDS) && ended();
    }

    private String printed() {
        try {
            return Files.readString(log, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(" + e.getMessage() + ")";
        }
    }

    /** Kills it if it is still there, and waits until it is dead. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
