package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.Waiter;
import dev.msqd.queue.Sleeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** Who it is that a slot shows to be asleep. One thread at a time. */
final class Waiters {
    private static final int NOBODY = -1;

    private final IntFunction<ClientTable.Entry> clients;

    /** @param clients the process of a client id, or null */
    Waiters(IntFunction<ClientTable.Entry> clients) {
        this.clients = clients;
    }

    /** @param nowNs on the clock of {@link System#nanoTime} */
    Waiter waiter(Sleeper sleeper, long nowNs) {
        long id = sleeper.clientId();
        ClientTable.Entry process = id == (int) id ? clients.apply((int) id) : null;
        int own = process == null ? 0 : process.pid();
        int pid = own != 0 && sleeper.process() != 0 ? sleeper.process() : own;
        return new Waiter(pid, process == null ? NOBODY : pid == own ? process.uid() : user(pid, process.uid()),
            pid == 0 ? "" : name(pid),
            pid != 0 && isStopped(pid), Waiter.Reason.values()[sleeper.asleepFor() - 1],
            Math.max(0, nowNs - sleeper.sinceNs()), sleeper.msgtyp(), sleeper.except(), sleeper.bytes(),
            sleeper.ticket());
    }

    /** The user that a process belongs to now. */
    private static int user(int pid, int otherwise) {
        try {
            return (int) Files.getAttribute(Path.of("/proc/" + pid), "unix:uid");
        } catch (IOException e) {
            return otherwise;
        }
    }

    private static String name(int pid) {
        try {
            return Processes.name(pid);
        } catch (ErrnoException e) {
            return ""; // hidden
        }
    }

    private static boolean isStopped(int pid) {
        try {
            return Processes.isStopped(pid);
        } catch (ErrnoException e) {
            return false; // hidden
        }
    }
}
