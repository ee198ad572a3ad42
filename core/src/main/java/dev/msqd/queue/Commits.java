package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.CommitTickets;
import dev.msqd.log.QueueState;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Waits until what this endpoint did is in the log on disk, on a queue of level {@link Durability#SYNC}. One owner thread.
 *
 * <p>A wish is a ticket ({@link CommitTickets}); all whose tickets are served together share a sync. An interrupt does not end the wait,
 * because what was done can't be undone: the thread stays interrupted.
 */
final class Commits {
    /**
     * The futex says nothing of a removal, a fault or a close: whoever goes to sleep in the moment of one misses the wake-up. A disk takes much
     * less.
     */
    private static final long MAX_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Endpoint endpoint;
    private final QueueState state;
    private final CommitTickets tickets;

    Commits(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.state = endpoint.memory().state();
        this.tickets = endpoint.memory().commitTickets();
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
            await(tickets.draw(), sends);
        } while (!settled.getAsBoolean() && state.durability() == Durability.SYNC);
    }

    /** What went back to its place has to come into the log again: nobody waits for that. */
    void request() {
        tickets.draw();
    }

    private void await(int ticket, boolean sends) {
        if (endpoint.spin(() -> tickets.isServed(ticket), Long.MAX_VALUE)) {
            return;
        }
        endpoint.slot().asleep(sends ? SlotDescriptor.FOR_SEND_ON_DISK : SlotDescriptor.FOR_END_ON_DISK,
            System.nanoTime(), endpoint.actsFor().otherProcess());
        try {
            awaitAsleep(ticket, sends);
        } finally {
            endpoint.slot().awake();
        }
    }

    private void awaitAsleep(int ticket, boolean sends) {
        int served = tickets.served();
        while (served - ticket < 0 && state.durability() == Durability.SYNC) {
            endpoint.checkOpen();
            if (state.removed()) {
                throw new ErrnoException(Errno.EIDRM, "queue " + state.msqid() + " was removed");
            }
            Rules.checkLog(state, sends, true);
            endpoint.actsFor().sleeps();
            endpoint.parker().sleep(tickets.servedAddress(), served, CommitTickets.bit(ticket), MAX_SLEEP_NS);
            served = tickets.served();
        }
    }
}
