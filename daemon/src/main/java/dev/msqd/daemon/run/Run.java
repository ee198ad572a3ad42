package dev.msqd.daemon.run;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.MsqidDs;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** {@code msqd run}: a program, and what answers its queue calls. */
public final class Run implements AutoCloseable {
    private final Listener listener;
    private final QueueSystems systems;
    private final Program program;
    private final CompletableFuture<Integer> status = new CompletableFuture<>();

    private Run(Listener listener, QueueSystems systems, Program program) {
        this.listener = listener;
        this.systems = systems;
        this.program = program;
    }

    /**
     * Starts a program.
     *
     * @param directory a daemon's data directory
     * @param arguments the program and its arguments, as bytes
     * @param given     what it has open
     * @param files     whether /proc shows msqd's queues and limits, too
     * @param table     what /proc/sysvipc/msg says of queues (R79)
     * @throws ErrnoException EBUSY: within another run; ENOSYS: the kernel cannot; ENOENT, EACCES: the program
     */
    public static Run start(Path directory, List<byte[]> arguments, Descriptors given, boolean files,
        Function<List<MsqidDs>, String> table) {
        QueueSystems systems = new QueueSystems(new QueueSystem(directory, () -> {}));
        CompletableFuture<Listener> filtered = new CompletableFuture<>();
        CompletableFuture<Void> served = new CompletableFuture<>();
        CompletableFuture<Program> started = new CompletableFuture<>();
        // A filter is a thread's, and of all that it starts: threads of ours must not come from this one. It ends with its work, because
        // nobody hangs up as long as it lives.
        Thread starter = Thread.ofPlatform().name("msqd-run-start").start(() -> {
            try {
                filtered.complete(new Listener(new Filter(files).install(mayKeepPrivileges())));
                served.join();
                given.closeOthersOnExec();
                try (OpenFilesLimit _ = OpenFilesLimit.ofParent()) {
                    started.complete(Program.start(arguments));
                }
            } catch (Throwable e) {
                filtered.completeExceptionally(e);
                started.completeExceptionally(e);
            }
        });
        try {
            Listener listener = filtered.join();
            new Supervisor(listener, systems, table).start();
            served.complete(null);
            Run run = new Run(listener, systems, started.join());
            starter.join();
            Program.leaveTerminalSignals();
            Thread.ofPlatform().daemon().name("msqd-run-wait").start(() -> run.status.complete(run.program.await()));
            return run;
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether programs that run with their owner's rights (set-user-ID) keep doing so: for that, one must be privileged here. */
    public static boolean mayKeepPrivileges() {
        return (Processes.effectiveCapabilities(Processes.self()) >>> Processes.CAP_SYS_ADMIN & 1) != 0;
    }

    /** Waits until the program and all that it started have ended; returns the program's exit status, or 128 and a signal. */
    public int await() {
        listener.awaitHangUp();
        return status.join();
    }

    /** Sends SIGTERM to the program. */
    public void terminate() {
        program.terminate();
    }

    /** After {@link #await}. */
    @Override
    public void close() {
        systems.close();
    }
}
