package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets many threads share the syncs of one log. Who finds no open group begins one and leads it: it waits until the group before has
 * been written, closes its own to newcomers, writes it and wakes the others.
 */
final class GroupCommit {
    private final DurableLog log;
    private final ReentrantLock writing = new ReentrantLock();
    private Group open;
    private long groups;

    GroupCommit(DurableLog log) {
        this.log = log;
    }

    /** Returns when the message is durable. Any thread. */
    void append(ByteBuffer message) throws IOException {
        Group group;
        boolean leads;
        synchronized (this) {
            leads = open == null;
            if (leads) {
                open = new Group();
            }
            group = open;
            group.messages.add(message);
            group.members.add(Thread.currentThread());
        }
        if (leads) {
            lead(group);
        } else {
            while (!group.written) {
                LockSupport.park(group);
            }
        }
        if (group.failure != null) {
            throw new IOException("the group's leader could not write it", group.failure);
        }
    }

    /** How many groups were written. */
    synchronized long groups() {
        return groups;
    }

    private void lead(Group group) {
        writing.lock();
        try {
            synchronized (this) {
                open = null;
                groups++;
            }
            log.append(group.messages);
        } catch (IOException | RuntimeException e) {
            group.failure = e;
        } finally {
            writing.unlock();
            group.written = true;
            group.members.stream().skip(1).forEach(LockSupport::unpark);
        }
    }

    private static final class Group {
        final List<ByteBuffer> messages = new ArrayList<>();
        final List<Thread> members = new ArrayList<>();
        Exception failure;
        volatile boolean written;
    }
}
