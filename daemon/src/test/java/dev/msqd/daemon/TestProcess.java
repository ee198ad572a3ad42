package dev.msqd.daemon;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own with this one's class path; a test reads its standard output line by line, or has it in a file, and can kill it. */
public final class TestProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private TestProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /** Starts a main class. */
    static TestProcess start(Class<?> main, String... arguments) throws IOException {
        return start(List.of(), TestJvm.classPath(), main, arguments);
    }

    /** Starts a main class under a program such as setpriv, with a class path of its own. */
    static TestProcess start(List<String> wrapper, String classPath, Class<?> main, String... arguments)
        throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(TestJvm.command(List.of(TestJvm.SIMPLE_COMPILER), classPath, main, (Object[]) arguments));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new TestProcess(process);
    }

    /** Starts a main class; what it writes, and its errors, are added to a file. */
    public static TestProcess start(Path output, Class<?> main, String... arguments) throws IOException {
        return start(output, List.of(TestJvm.SIMPLE_COMPILER), main, arguments);
    }

    /** The same with JVM options of the caller's. */
    public static TestProcess start(Path output, List<String> options, Class<?> main, String... arguments)
        throws IOException {
        List<String> command = TestJvm.command(options, TestJvm.classPath(), main, (Object[]) arguments);
        return new TestProcess(new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start());
    }

    /** Sends a signal, as kill does: "STOP", "CONT". */
    public void signal(String name) throws IOException {
        TestJvm.signal(process, name);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    int pid() {
        return (int) process.pid();
    }

    /** The next line; null at the end. */
    String line() throws IOException {
        return output.readLine();
    }

    /** Lets the process go on past its next {@code System.in.read()}. */
    public void go() throws IOException {
        process.outputWriter().write('\n');
        process.outputWriter().flush();
    }

    /** Ends its standard input. */
    void endInput() throws IOException {
        process.outputWriter().close();
    }

    /** Sends a signal: "STOP", "CONT". */
    void signal(String name) throws IOException {
        TestJvm.signal(process, name);
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Waits for its end; returns its exit status. */
    public int await() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("process " + process.pid() + " does not end");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
