package dev.msqd.daemon.contract;

import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.cli.Main;
import dev.msqd.oracle.KernelQueue;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * msqd's queues as C programs see them under {@code msqd run}: each thread that calls has a thread of an actor (actor.c) of its own.
 * The actor can start more actors, so that all of them have the one supervisor.
 */
public final class RunActors extends RemoteQueues {
    private static final String SOURCE = "/dev/msqd/daemon/run/actor.c";
    private static final int THREADS = 4096;

    private final Path folder;
    private final Path actor;
    private final Process process;
    private final BufferedWriter output;
    private final AtomicInteger threads = new AtomicInteger();
    private final ThreadLocal<Integer> number = ThreadLocal.withInitial(() -> threads.getAndIncrement() % THREADS);
    private final ThreadLocal<Path> task = ThreadLocal.withInitial(() -> Path.of(call("task")));
    private final Map<Integer, CompletableFuture<String>> calls = new ConcurrentHashMap<>();
    private final AtomicInteger spawned = new AtomicInteger();
    private final int pid;

    /**
     * Starts a supervisor and an actor under it.
     *
     * @param folder        for the program and for pipes; everybody may read it
     * @param actor         as {@link #compile} made it
     * @param dataDirectory of a daemon that runs
     */
    public RunActors(Path folder, Path actor, Path dataDirectory) throws IOException {
        this.folder = folder;
        this.actor = actor;
        process =
            new ProcessBuilder(TestJvm.command(Main.class, "run", "--connect", "--no-proc", "--dir", dataDirectory,
                "--", actor, "threads")).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        output = process.outputWriter();
        Thread.ofPlatform().daemon().name("actor-replies").start(this::readReplies);
        pid = Integer.parseInt(task().getParent().getParent().getFileName().toString());
    }

    /** The actor's program, or null where there is no C compiler. */
    public static Path compile(Path folder) throws Exception {
        if (!TestJvm.hasProgram("cc")) {
            return null;
        }
        Path source = folder.resolve("actor.c");
        try (InputStream text = RunActors.class.getResourceAsStream(SOURCE)) {
            Files.copy(text, source);
        }
        Path program = folder.resolve("actor");
        Process compiler = new ProcessBuilder("cc", "-O1", "-pthread", "-o", program.toString(), source.toString())
            .inheritIO().start();
        if (compiler.waitFor() != 0) {
            throw new IllegalStateException("cc fails");
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    /** Another actor under the same supervisor, started by a command such as setpriv. */
    Actor spawn(List<String> command) throws IOException {
        try {
            int next = spawned.incrementAndGet();
            Path in = folder.resolve("in" + pid + "-" + next);
            Path out = folder.resolve("out" + pid + "-" + next);
            if (new ProcessBuilder("mkfifo", in.toString(), out.toString()).inheritIO().start().waitFor() != 0) {
                throw new IllegalStateException("mkfifo fails");
            }
            List<String> words = new ArrayList<>(List.of("spawn", in.toString(), out.toString()));
            words.addAll(command);
            words.add(actor.toString());
            call(words.toArray());
            BufferedWriter toActor = Files.newBufferedWriter(in);
            return new Actor(Files.newBufferedReader(out), toActor);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same, as calls. */
    public MessageQueues start(List<String> command) throws IOException {
        return spawn(command);
    }

    /** The supervisor's process id. */
    public long supervisor() {
        return process.pid();
    }

    @Override
    public int ftok(Path path, int proj) {
        return KernelQueue.ftok(path, proj);
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public Path task() {
        return task.get();
    }

    /** A signal that is caught with SA_RESTART. */
    @Override
    public void interrupt(Sleeper<?> sleeper) {
        interrupt(sleeper.task());
    }

    /** The same for the thread behind one of ours. */
    public void interrupt(Path sleeper) {
        write(tasks.get(sleeper) + " interrupt");
    }

    private final Map<Path, Integer> tasks = new ConcurrentHashMap<>();

    @Override
    public void close() {
        try {
            output.close();
            process.destroyForcibly().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    String call(Object... words) {
        int mine = number.get();
        CompletableFuture<String> reply = new CompletableFuture<>();
        calls.put(mine, reply);
        write(line(mine, line(words)));
        try {
            String result = result(reply.get());
            if (words[0].equals("task")) {
                tasks.put(Path.of(result), mine);
            }
            return result;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the actor's call " + words[0] + " has no end", e);
        }
    }

    private synchronized void write(String line) {
        try {
            output.write(line);
            output.newLine();
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readReplies() {
        try (BufferedReader input = process.inputReader()) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                int end = line.indexOf(' ');
                calls.remove(Integer.parseInt(line.substring(0, end))).complete(line.substring(end + 1));
            }
        } catch (IOException e) {
            // it was closed
        }
        calls.values().forEach(call -> call.completeExceptionally(new IOException("the actor is gone")));
    }
}
