package dev.msqd.daemon;

import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.Waiter;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.Sleeper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is asleep on the queues of a data directory whose daemon does not answer, read from their memory. Nothing is changed by looking. For
 * the daemon's own user.
 *
 * @param queue    the queue
 * @param qbytes   its limit (msg_qbytes)
 * @param logErrno what kept its log from being written when the daemon was there last, or 0
 * @param waiters  those who are asleep
 */
public record StoredWaiters(StoredQueue queue, long qbytes, int logErrno, List<Waiter> waiters) {
    /**
     * Those on each queue that has memory.
     *
     * @throws ErrnoException EIO: the table of clients can't be read
     */
    public static List<StoredWaiters> of(StoredData data) {
        List<StoredWaiters> all = new ArrayList<>();
        if (data.hot() != StoredData.Hot.OWN) {
            return all; // nobody can be asleep on what is not in memory
        }
        try (ClientTable clients = ClientTable.open(data.hotDirectory().resolve(HotDirectory.CLIENTS))) {
            Waiters waiters = new Waiters(clients::get);
            for (StoredQueue queue : data.queues()) {
                if (queue.hot() && queue.hotFault().isEmpty()) {
                    all.add(of(queue, memory(data, queue), waiters));
                }
            }
        }
        return all;
    }

    private static QueueMemory memory(StoredData data, StoredQueue queue) {
        return QueueMemory.open(data.hotDirectory().resolve(Integer.toString(queue.msqid())));
    }

    private static StoredWaiters of(StoredQueue queue, QueueMemory memory, Waiters waiters) {
        try {
            long nowNs = System.nanoTime();
            return new StoredWaiters(queue, memory.state().qbytes(),
                StateDescriptor.faultErrno(memory.state().logFault()),
                Sleeper.of(memory).stream().map(sleeper -> waiters.waiter(sleeper, nowNs)).toList());
        } finally {
            memory.close();
        }
    }

    /** The process of a directory's daemon if that is stopped (SIGSTOP) and so answers nobody; else 0. */
    public static int stoppedDaemon(Path directory) {
        int pid = DirectoryLock.lastHolder(directory);
        try {
            return pid != 0 && Processes.isStopped(pid) ? pid : 0;
        } catch (ErrnoException e) {
            return 0; // hidden
        }
    }
}
