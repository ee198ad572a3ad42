package dev.msqd.daemon.cli;

import dev.msqd.daemon.TestJvm;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The command line as a process of its own, started from the tests' class path. */
final class CommandLineProcess implements AutoCloseable {
    private final Process process;
    private final CompletableFuture<byte[]> err;

    private CommandLineProcess(Process process) {
        this.process = process;
        this.err = reading(process.getErrorStream());
    }

    /** How a finished process ended and what it said. */
    record Result(int status, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    static CommandLineProcess start(Object... arguments) {
        return start(TestJvm.command(Main.class, arguments));
    }

    private static CommandLineProcess start(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("MSQD_"));
        try {
            return new CommandLineProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command to its end. */
    static Result run(byte[] stdin, Object... arguments) throws Exception {
        return run(stdin, TestJvm.command(Main.class, arguments));
    }

    /** The same for what the command line is started by, such as setpriv and a JVM. */
    static Result run(byte[] stdin, List<String> command) throws Exception {
        try (CommandLineProcess running = start(command)) {
            CompletableFuture<byte[]> out = reading(running.out());
            try (OutputStream in = running.process.getOutputStream()) {
                in.write(stdin);
            } catch (IOException e) {
                // It did not want to read everything.
            }
            return new Result(running.process.waitFor(), out.get(), running.err());
        }
    }

    Process process() {
        return process;
    }

    InputStream out() {
        return process.getInputStream();
    }

    /** Everything on stderr, once the process has ended. */
    String err() throws Exception {
        return new String(err.get(), StandardCharsets.UTF_8);
    }

    /** Sends a signal, as kill does: "INT", "KILL". */
    void signal(String name) throws IOException {
        TestJvm.signal(process, name);
    }

    int waitFor() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** What the stream gives until it ends, read by a thread of its own. */
    private static CompletableFuture<byte[]> reading(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> readAll(stream), Thread.ofPlatform().daemon()::start);
    }

    private static byte[] readAll(InputStream stream) {
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
