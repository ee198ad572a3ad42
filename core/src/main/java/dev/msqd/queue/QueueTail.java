package dev.msqd.queue;

import dev.msqd.log.CommitTickets;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Tailer;

/**
 * The daemon's end of a queue's log on disk: what belongs there ({@link Tailer}), and word to those who wait for it
 * ({@link CommitTickets}). One owner thread.
 */
public final class QueueTail implements AutoCloseable {
    private final QueueMemory memory;
    private final Tailer tailer;
    private final Waiters waiters;

    QueueTail(QueueMemory memory, long clientId, Tailer.Sink sink) {
        this.memory = memory;
        SegmentChain chain = new SegmentChain(memory);
        this.tailer = new Tailer(chain, clientId, sink);
        this.waiters = new Waiters(memory, chain.slots());
    }

    public Tailer tailer() {
        return tailer;
    }

    public CommitTickets tickets() {
        return memory.commitTickets();
    }

    /** The log can't be written (see StateDescriptor), or can be again (0): those who wait look again, and fail or go on. */
    public void fault(int fault) {
        memory.state().logFault(fault);
        waiters.nudgeAll();
        tickets().lookAgain();
    }

    /** Lets go of the memory for a while, but not of the slot: clients could take them all. */
    public void park() {
        tailer.park();
    }

    @Override
    public void close() {
        tailer.close();
    }
}
