package dev.msqd.daemon.differential;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.oracle.KernelQueue;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Where programs run: both systems with the same limits, and everybody who acts. With root's privileges the kernel's side has an
 * IPC namespace of its own, with small limits, and actors are of several users; without, the limits are the machine's, nothing
 * moves them, and all actors are the one user.
 */
final class Stage implements AutoCloseable {
    /** Small ones, so that programs meet them. */
    private static final Map<SystemLimit, Long> OWN_LIMITS =
        Map.of(SystemLimit.MSGMAX, 64L, SystemLimit.MSGMNB, 40L, SystemLimit.MSGMNI, 3L);

    private final boolean privileged;
    private final boolean copies;
    private final Coverage coverage = new Coverage();
    private final ProgramGenerator generator;
    private final Lockstep lockstep;

    private Stage(Path folder, Function<MsqdSubject, Subject> under, UnaryOperator<MessageQueues> deviation) {
        privileged = ownNamespace() && mayBecomeOthers() && maySetLimits();
        Map<SystemLimit, Long> limits = privileged ? OWN_LIMITS : machinesLimits();
        KernelSubject kernel = new KernelSubject();
        Cast cast = privileged ? Cast.ofManyUsers() : Cast.ofOneUser();
        copies = kernelCopies();
        generator = new ProgramGenerator(cast, copies, privileged);
        lockstep = new Lockstep(kernel, under.apply(new MsqdSubject(folder,
            Math.max(limits.get(SystemLimit.MSGMAX), Scene.LONGEST_MESSAGE), deviation)), limits, cast, privileged,
            privileged, coverage);
    }

    /**
     * Runs something on a stage, by a thread of its own: what it does to itself, such as leaving the IPC namespace, ends with it.
     *
     * @param folder    in memory
     * @param deviation what becomes of msqd's side
     */
    static <T> T with(Path folder, UnaryOperator<MessageQueues> deviation, Play<T> play) throws Exception {
        return play(folder, msqd -> msqd, deviation, play);
    }

    /** The same with somebody between msqd and the players. */
    static <T> T under(Path folder, Function<MsqdSubject, Subject> under, Play<T> play) throws Exception {
        return play(folder, under, UnaryOperator.identity(), play);
    }

    private static <T> T play(Path folder, Function<MsqdSubject, Subject> under, UnaryOperator<MessageQueues> deviation,
        Play<T> play) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().name("driver").daemon().start(() -> {
            try (Stage stage = new Stage(folder, under, deviation)) {
                result.complete(play.on(stage));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** What is done on a stage. */
    interface Play<T> {
        T on(Stage stage) throws Exception;
    }

    /** Are there several users, an IPC namespace, and limits that can be set? */
    boolean isPrivileged() {
        return privileged;
    }

    /** Does the kernel know MSG_COPY? */
    boolean copies() {
        return copies;
    }

    Coverage coverage() {
        return coverage;
    }

    Program program(long seed) {
        return generator.program(seed);
    }

    Run run(Program program) {
        return lockstep.run(program);
    }

    @Override
    public void close() {
        lockstep.close();
    }

    private static boolean ownNamespace() {
        try {
            ThreadCalls.newIpcNamespace();
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static boolean mayBecomeOthers() {
        Cast others = Cast.ofManyUsers();
        boolean[] became = new boolean[1];
        Thread probe = Thread.ofPlatform().start(() -> became[0] = !Outcome.of(() -> {
            ThreadCalls.become(others.identity(0));
            return null;
        }).failed());
        try {
            probe.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return became[0];
    }

    private static boolean maySetLimits() {
        try (KernelSubject kernel = new KernelSubject()) {
            machinesLimits().forEach(kernel::limit);
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static Map<SystemLimit, Long> machinesLimits() {
        KernelQueue.Info info = KernelQueue.info(SysV.IPC_INFO);
        Map<SystemLimit, Long> limits = new EnumMap<>(SystemLimit.class);
        limits.put(SystemLimit.MSGMAX, (long) info.msgmax());
        limits.put(SystemLimit.MSGMNB, (long) info.msgmnb());
        limits.put(SystemLimit.MSGMNI, (long) info.msgmni());
        return limits;
    }

    /** MSG_COPY comes with CONFIG_CHECKPOINT_RESTORE, or fails with ENOSYS. */
    private static boolean kernelCopies() {
        int msqid = KernelQueue.msgget(SysV.IPC_PRIVATE, 0600);
        try (Arena arena = Arena.ofConfined()) {
            KernelQueue.msgrcv(msqid, arena.allocate(Long.BYTES), 0, 0, SysV.MSG_COPY | SysV.IPC_NOWAIT);
            throw new IllegalStateException("an empty queue has a message");
        } catch (ErrnoException e) {
            return e.errno() != Errno.ENOSYS;
        } finally {
            KernelQueue.remove(msqid);
        }
    }
}
