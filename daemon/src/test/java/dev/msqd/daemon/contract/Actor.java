package dev.msqd.daemon.contract;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A process whose one thread makes the calls, one at a time. */
final class Actor extends RemoteQueues {
    private final Process process;
    private final BufferedReader input;
    private final BufferedWriter output;
    private final Path task;

    /**
     * Starts a process, with a umask that would take every permission from others.
     *
     * @param command       what the JVM is started by
     * @param classPath     of the JVM
     * @param dataDirectory msqd's, or null for the kernel
     */
    Actor(List<String> command, String classPath, Path dataDirectory) throws IOException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("sh", "-c", "umask 077 && exec \"$0\" \"$@\"",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", "-Xmx64m",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED",
            "-cp", classPath, ActorMain.class.getName()));
        if (dataDirectory != null) {
            whole.add(dataDirectory.toString());
        }
        process = new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        input = process.inputReader();
        output = process.outputWriter();
        task = task(whole.toString());
    }

    /** A process that was started elsewhere, and these are its standard output and input. */
    Actor(BufferedReader input, BufferedWriter output) throws IOException {
        this.process = null;
        this.input = input;
        this.output = output;
        task = task("the actor");
    }

    private Path task(String what) throws IOException {
        String hello = input.readLine();
        if (hello == null) {
            throw new IOException("ended before it began: " + what);
        }
        return Path.of(hello);
    }

    /** Copies of what these classes were loaded from, for users who may not read the originals. */
    static String copyClassPath(Path folder, Class<?>... classes) throws Exception {
        List<String> copies = new ArrayList<>();
        for (Class<?> each : classes) {
            Path source = Path.of(each.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path copy = folder.resolve("lib" + copies.size() + "-" + source.getFileName());
            try (Stream<Path> files = Files.walk(source)) {
                for (Path file : files.toList()) {
                    Files.copy(file, file.equals(source) ? copy : copy.resolve(source.relativize(file).toString()));
                }
            }
            copies.add(copy.toString());
        }
        return String.join(":", copies);
    }

    @Override
    public int ftok(Path path, int proj) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int pid() {
        return Integer.parseInt(task.getParent().getParent().getFileName().toString());
    }

    @Override
    public Path task() {
        return task;
    }

    @Override
    public void interrupt(Sleeper<?> sleeper) {
        throw new UnsupportedOperationException();
    }

    /** Sends a signal to the process. */
    void signal(String name) throws Exception {
        if (new ProcessBuilder("kill", "-" + name, Integer.toString(pid())).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException("kill -" + name + " " + pid() + " failed");
        }
    }

    /** Does something between SIGSTOP, when the process has stopped, and SIGCONT. */
    void whileStopped(Runnable action) throws Exception {
        signal("STOP");
        try {
            while (!Task.isStopped(task)) {
                Thread.sleep(1);
            }
            action.run();
        } finally {
            if (Files.exists(task)) {
                signal("CONT");
            }
        }
    }

    /** SIGKILL; returns when the process is gone. */
    void kill() {
        try {
            signal("KILL");
            while (Files.exists(task)) {
                Thread.sleep(1);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        } else {
            try {
                output.close();
                input.close();
            } catch (IOException e) {
                // it is gone already
            }
        }
    }

    @Override
    synchronized String call(Object... words) {
        try {
            output.write(line(words));
            output.newLine();
            output.flush();
            String reply = input.readLine();
            if (reply == null) {
                throw new IllegalStateException("the process of " + String.join(" ", words[0].toString()) + " is gone");
            }
            return result(reply);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
