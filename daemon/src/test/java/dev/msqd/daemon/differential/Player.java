package dev.msqd.daemon.differential;

import dev.msqd.client.SysV;
import dev.msqd.daemon.contract.MessageQueues;
import dev.msqd.daemon.contract.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * An actor on one of the two systems: a thread that makes its calls, one at a time. What is public to the package is the driver
 * thread's, which is the thread that made it.
 */
final class Player implements AutoCloseable {
    private static final int TEXT_LENGTH = 512;
    private static final long PATIENCE_NS = 20_000_000_000L;
    private static final long PAUSE_NS = 20_000;

    private final Thread driver = Thread.currentThread();
    private final Thread thread;
    private final SysV.Message message = new SysV.Message(Scene.TEXT_ROOM);
    private final ByteBuffer text = ByteBuffer.allocate(TEXT_LENGTH);
    private volatile Callable<?> call;
    private volatile Outcome outcome;
    private volatile boolean ended;
    private Path task;
    private FileChannel statFile;
    private FileChannel syscallFile;
    private MessageQueues queues;

    /**
     * Starts the thread.
     *
     * @param identity who it is to become, or null to be who starts it
     */
    Player(String name, Identity identity) {
        thread = Thread.ofPlatform().name(name).daemon().start(this::play);
        Outcome begun = make(() -> {
            if (identity != null) {
                ThreadCalls.become(identity);
            }
            return Task.ofCallingThread();
        });
        if (begun.failed()) {
            close();
            throw new IllegalStateException(name + " cannot act: " + begun);
        }
        watch((Path) begun.result());
    }

    /** The thread that makes the calls, which may be another process's. */
    private void watch(Path newTask) {
        if (newTask.equals(task)) {
            return;
        }
        try {
            if (task != null) {
                statFile.close();
                syscallFile.close();
            }
            task = newTask;
            statFile = FileChannel.open(task.resolve("stat"));
            syscallFile = FileChannel.open(task.resolve("syscall"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects to the system, as who it is. */
    void connect(Supplier<MessageQueues> system) {
        Outcome connected = make(() -> {
            queues = system.get();
            return queues.task();
        });
        if (connected.failed()) {
            throw new IllegalStateException(thread.getName() + " cannot connect: " + connected);
        }
        watch((Path) connected.result());
    }

    void disconnect() {
        if (queues != null) {
            queues.close();
            queues = null;
        }
    }

    /** Begins a call; there must be none under way. */
    void begin(Step.Call step, Variables variables) {
        begin(() -> step.make(queues, variables, message));
    }

    boolean isIdle() {
        return call == null;
    }

    /** Of the last call, when it is idle. */
    Outcome outcome() {
        return outcome;
    }

    /** Is the call that is under way asleep until somebody else does something? */
    boolean sleeps() {
        String stat = read(statFile);
        return Task.sleepsInCall(stat, read(syscallFile));
    }

    /** Where /proc shows the thread. */
    Path task() {
        return task;
    }

    int tid() {
        return Integer.parseInt(task.getFileName().toString());
    }

    Thread thread() {
        return thread;
    }

    /** Waits for the call to end, for so long; true if it has. */
    boolean awaitIdle(long timeoutNs) {
        long begin = System.nanoTime();
        while (!isIdle()) {
            long leftNs = timeoutNs - (System.nanoTime() - begin);
            if (leftNs <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(leftNs, PAUSE_NS));
        }
        return true;
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(thread);
        try {
            thread.join(PATIENCE_NS / 1_000_000);
            if (syscallFile != null) {
                statFile.close();
                syscallFile.close();
            }
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes something that does not sleep. */
    private Outcome make(Callable<?> what) {
        begin(what);
        if (!awaitIdle(PATIENCE_NS)) {
            throw new IllegalStateException(thread.getName() + " does not come to an end");
        }
        return outcome;
    }

    private String read(FileChannel file) {
        text.clear();
        try {
            file.read(text, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new String(text.array(), 0, text.position(), StandardCharsets.ISO_8859_1);
    }

    private void begin(Callable<?> what) {
        if (!isIdle()) {
            throw new IllegalStateException(thread.getName() + " is in a call");
        }
        outcome = null;
        call = what;
        LockSupport.unpark(thread);
    }

    private void play() {
        while (!ended) {
            Callable<?> now = call;
            if (now == null) {
                LockSupport.park(this);
            } else {
                outcome = Outcome.of(now);
                call = null;
                LockSupport.unpark(driver);
            }
        }
    }
}
