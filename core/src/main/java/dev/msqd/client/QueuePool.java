package dev.msqd.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/** Queues that are open and idle, for calls that name a queue by its id, from any thread. */
public final class QueuePool implements AutoCloseable {
    private static final int CALLS_PER_SWEEP = 256;

    private final Msqd msqd;
    private final AtomicInteger borrowed = new AtomicInteger();
    private final Map<Integer, ConcurrentLinkedDeque<MessageQueue>> idle = new ConcurrentHashMap<>();

    /** The connection stays the caller's. */
    public QueuePool(Msqd msqd) {
        this.msqd = msqd;
    }

    /**
     * A queue for one thread, until it is given back.
     *
     * @throws dev.msqd.calls.ErrnoException as {@link Msqd#open}
     */
    public MessageQueue borrow(int msqid) {
        if (borrowed.incrementAndGet() % CALLS_PER_SWEEP == 0) {
            sweep();
        }
        ConcurrentLinkedDeque<MessageQueue> queues = idle.get(msqid);
        MessageQueue queue = queues == null ? null : queues.pollFirst();
        while (queue != null && queue.isRemoved()) {
            queue.close();
            queue = queues.pollFirst(); // another queue may have the id by now
        }
        return queue == null ? msqd.open(msqid) : queue;
    }

    /** The thread is done with it. */
    public void giveBack(MessageQueue queue) {
        if (queue.isRemoved()) {
            queue.close();
            forget(queue.msqid());
        } else {
            idle.computeIfAbsent(queue.msqid(), id -> new ConcurrentLinkedDeque<>()).addFirst(queue);
        }
    }

    /** Closes what is idle of a queue that is gone. */
    public void forget(int msqid) {
        ConcurrentLinkedDeque<MessageQueue> queues = idle.remove(msqid);
        if (queues != null) {
            queues.forEach(MessageQueue::close);
        }
    }

    /** Closes what is idle. Not while a call is under way. */
    @Override
    public void close() {
        idle.values().forEach(queues -> queues.forEach(MessageQueue::close));
        idle.clear();
    }

    /** Closes what is idle of queues that others removed: their memory is given back when nobody has it any more. */
    private void sweep() {
        idle.forEach((msqid, queues) -> {
            MessageQueue any = queues.peekFirst();
            if (any != null && any.isRemoved()) {
                forget(msqid);
            }
        });
    }
}
