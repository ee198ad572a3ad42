package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Futex;
import dev.msqd.layout.Durability;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Waits until what this endpoint did is in the log on disk, on a queue of level {@link Durability#SYNC}. One owner thread.
 *
 * <p>A wish is a ticket: the daemon notes the last one before it looks at the queue, and says so when what it found then is on disk.
 * All whose tickets it noted share that sync. An interrupt does not end the wait, because what was done can't be undone:
 * the thread stays interrupted.
 */
final class Commits {
    private final Endpoint endpoint;
    private final QueueMemory memory;
    private final QueueState state;
    private final UnsafeBuffer words;
    private final long committedAddress;

    Commits(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.memory = endpoint.memory();
        this.state = memory.state();
        this.words = memory.logWords();
        this.committedAddress = memory.stateAddress(StateDescriptor.COMMITTED_OFFSET);
    }

    /**
     * Waits for one commit that begins after this call does, and for more of them until {@code settled}.
     *
     * @param sends whether a message was sent, not received
     * @throws ErrnoException EIO, ENOSPC … where the log can't be written; EINVAL when the endpoint or the memory is closed; EIDRM when the
     *                        queue is removed
     */
    void await(boolean sends, BooleanSupplier settled) {
        do {
            await(request(), sends);
        } while (!settled.getAsBoolean() && state.durability() == Durability.SYNC);
    }

    private int request() {
        int ticket = words.getAndAddInt(StateDescriptor.REQUESTED_OFFSET, 1) + 1;
        if (words.getIntVolatile(StateDescriptor.LOG_ASLEEP_OFFSET) != 0
            && words.compareAndSetInt(StateDescriptor.LOG_ASLEEP_OFFSET, 1, 0)) {
            Futex.wake(memory.stateAddress(StateDescriptor.REQUESTED_OFFSET), 1);
        }
        return ticket;
    }

    private void await(int ticket, boolean sends) {
        if (endpoint.spin(() -> isCommitted(ticket), Long.MAX_VALUE)) {
            return;
        }
        endpoint.slot().asleep(sends ? SlotDescriptor.FOR_SEND_ON_DISK : SlotDescriptor.FOR_END_ON_DISK,
            System.nanoTime());
        try {
            awaitAsleep(ticket, sends);
        } finally {
            endpoint.slot().awake();
        }
    }

    private void awaitAsleep(int ticket, boolean sends) {
        int committed = words.getIntVolatile(StateDescriptor.COMMITTED_OFFSET);
        while (committed - ticket < 0 && state.durability() == Durability.SYNC) {
            endpoint.checkOpen();
            if (state.removed()) {
                throw new ErrnoException(Errno.EIDRM, "queue " + state.msqid() + " was removed");
            }
            Rules.checkLog(state, sends, true);
            endpoint.actsFor().sleeps();
            endpoint.parker().sleep(committedAddress, committed, Parker.MAX_SLEEP_NS);
            committed = words.getIntVolatile(StateDescriptor.COMMITTED_OFFSET);
        }
    }

    private boolean isCommitted(int ticket) {
        return words.getIntVolatile(StateDescriptor.COMMITTED_OFFSET) - ticket >= 0;
    }
}
