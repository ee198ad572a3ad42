package dev.msqd.daemon.run;

import dev.msqd.client.MsqidDs;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What answers the calls of a program and all that it starts: the workers, and what they share. */
final class Supervisor {
    private static final long STACK_BYTES = 512 * 1024;

    private final Listener listener;
    private final QueueSystems systems;
    private final Targets targets;
    private final ProcFiles files;
    private final BlockedCalls blockedCalls = new BlockedCalls();
    private final Baton baton = new Baton(this::startWorker);
    private final AtomicInteger workers = new AtomicInteger();

    /** @param table what /proc/sysvipc/msg says of queues (R79) */
    Supervisor(Listener listener, QueueSystems systems, Function<List<MsqidDs>, String> table) {
        this.listener = listener;
        this.systems = systems;
        this.targets = new Targets(listener);
        this.files = new ProcFiles(systems, targets, listener, table);
    }

    void start() {
        Thread.ofPlatform().daemon().name("msqd-run-watch").start(blockedCalls);
        startWorker();
    }

    QueueSystems systems() {
        return systems;
    }

    Targets targets() {
        return targets;
    }

    ProcFiles files() {
        return files;
    }

    BlockedCalls blockedCalls() {
        return blockedCalls;
    }

    Baton baton() {
        return baton;
    }

    private void startWorker() {
        Thread.ofPlatform().daemon().stackSize(STACK_BYTES).name("msqd-run-" + workers.incrementAndGet())
            .start(new Worker(this, listener));
    }
}
