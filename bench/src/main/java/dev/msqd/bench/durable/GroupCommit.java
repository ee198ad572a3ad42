package dev.msqd.bench.durable;

import dev.msqd.calls.Futex;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Lets many threads share the syncs of one log. Who finds no open group begins one and leads it: it waits until the group before has
 * been written, closes its own to newcomers, writes it and wakes the others.
 */
final class GroupCommit implements Durable {
    private static final int WRITING = 0;
    private static final int WRITTEN = 1;
    private static final long LOOK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final DurableLog log;
    private final ReentrantLock writing = new ReentrantLock();
    private Group open;

    GroupCommit(DurableLog log) {
        this.log = log;
    }

    /** Returns when the message is durable. Any thread. */
    @Override
    public void append(ByteBuffer message) throws IOException {
        Group group;
        boolean leads;
        synchronized (this) {
            leads = open == null;
            if (leads) {
                open = new Group();
            }
            group = open;
            group.messages.add(message);
        }
        if (leads) {
            lead(group);
        } else {
            group.await();
        }
        if (group.failure != null) {
            throw new IOException("the group's leader could not write it", group.failure);
        }
    }

    @Override
    public void close() throws IOException {
        log.close();
    }

    private void lead(Group group) {
        writing.lock();
        try {
            synchronized (this) {
                open = null;
            }
            log.append(group.messages);
        } catch (IOException | RuntimeException e) {
            group.failure = e;
        } finally {
            writing.unlock();
            group.wake();
        }
    }

    /** Its members sleep on one word, as they would in processes of their own: one call wakes them all. */
    private static final class Group {
        final List<ByteBuffer> messages = new ArrayList<>();
        Exception failure;
        private final AtomicBuffer word = new UnsafeBuffer(ByteBuffer.allocateDirect(Integer.BYTES));

        void await() {
            while (word.getIntVolatile(0) == WRITING) {
                Futex.await(word.addressOffset(), WRITING, LOOK_AGAIN_NS);
            }
        }

        void wake() {
            word.putIntRelease(0, WRITTEN);
            if (messages.size() > 1) {
                Futex.wake(word.addressOffset(), messages.size() - 1);
            }
        }
    }
}
