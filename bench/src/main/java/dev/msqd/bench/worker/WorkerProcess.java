package dev.msqd.bench.worker;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A measuring process from outside. One thread, but {@link #close}. */
final class WorkerProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final BufferedReader output;
    private final Outcome outcome = new Outcome();

    /** @param name of the process in error messages */
    private WorkerProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        this.output = process.inputReader();
    }

    /** What it says on stderr goes to ours. */
    static WorkerProcess start(String name, List<String> command) throws IOException {
        return new WorkerProcess(name, new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
    }

    /** When this one fails, the others wait in vain. */
    void takeAlongOnFailure(List<WorkerProcess> all) {
        process.onExit().thenAccept(ended -> {
            if (ended.exitValue() != 0) {
                all.forEach(each -> each.process.destroyForcibly());
            }
        });
    }

    /** Waits until it has opened its lines; returns the id of the thread that will work. */
    int ready() throws IOException {
        String line = output.readLine();
        if (line == null || !line.startsWith(Gate.READY)) {
            throw new IOException(name + " did not get ready" + (line == null ? "" : ": " + line));
        }
        return Integer.parseInt(line.substring(Gate.READY.length()));
    }

    void go() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    /** Waits until it has ended well: what it found. */
    Outcome outcome() throws IOException, InterruptedException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            outcome.read(line);
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(name + " ended with status " + status);
        }
        return outcome;
    }

    /** Ends it in so many minutes at the latest. */
    void endAfter(long minutes) {
        process.onExit().orTimeout(minutes, TimeUnit.MINUTES).exceptionally(late -> process.destroyForcibly());
    }

    /** Kills it if it is still there, and waits until it is dead. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
