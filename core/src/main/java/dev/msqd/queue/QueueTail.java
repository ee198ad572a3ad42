package dev.msqd.queue;

import static dev.msqd.layout.StateDescriptor.COMMITTED_OFFSET;
import static dev.msqd.layout.StateDescriptor.LOG_ASLEEP_OFFSET;
import static dev.msqd.layout.StateDescriptor.REQUESTED_OFFSET;

import dev.msqd.calls.Futex;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Tailer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The daemon's end of a queue's log on disk: what belongs there ({@link Tailer}), and word to those who wait for it
 * ({@link Commits}). One owner thread.
 */
public final class QueueTail implements AutoCloseable {
    private static final int SPINS_PER_CLOCK_LOOK = 32;

    private final QueueMemory memory;
    private final Tailer tailer;
    private final Waiters waiters;
    private final UnsafeBuffer words;

    QueueTail(QueueMemory memory, long clientId, Tailer.Sink sink) {
        this.memory = memory;
        SegmentChain chain = new SegmentChain(memory);
        this.tailer = new Tailer(chain, clientId, sink);
        this.waiters = new Waiters(memory, chain.slots());
        this.words = memory.logWords();
    }

    public Tailer tailer() {
        return tailer;
    }

    /** The last ticket drawn: whatever its owner did before is there to be found from now on. */
    public int requested() {
        return words.getIntVolatile(REQUESTED_OFFSET);
    }

    /** Has a ticket been drawn that was not served yet? */
    public boolean isRequested() {
        return requested() != words.getIntVolatile(COMMITTED_OFFSET);
    }

    /** What there was when {@link #requested} said {@code ticket} is on disk. */
    public void committed(int ticket) {
        if (words.getIntVolatile(COMMITTED_OFFSET) != ticket) {
            words.putIntVolatile(COMMITTED_OFFSET, ticket);
            Futex.wake(memory.stateAddress(COMMITTED_OFFSET), Integer.MAX_VALUE);
        }
    }

    /** The log can't be written (see StateDescriptor), or can be again (0): those who wait look again, and fail or go on. */
    public void fault(int fault) {
        memory.state().logFault(fault);
        waiters.nudgeAll();
        Futex.wake(memory.stateAddress(COMMITTED_OFFSET), Integer.MAX_VALUE);
    }

    /** The queue's durability is another: those who wait for a commit look again. */
    public void changed() {
        Futex.wake(memory.stateAddress(COMMITTED_OFFSET), Integer.MAX_VALUE);
    }

    /**
     * Waits for a ticket after {@code seen}; ends early at will.
     *
     * @param spinNs how long to look for one before going to sleep: waking up takes about as long
     */
    public void awaitRequest(int seen, long spinNs, long timeoutNs) {
        long end = System.nanoTime() + spinNs;
        do {
            for (int spin = 0; spin < SPINS_PER_CLOCK_LOOK; spin++) {
                if (requested() != seen) {
                    return;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - end < 0);
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 1);
        if (requested() == seen) {
            Futex.await(memory.stateAddress(REQUESTED_OFFSET), seen, timeoutNs);
        }
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 0);
    }

    /** Ends another thread's {@link #awaitRequest}. Any thread. */
    public void wake() {
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 0);
        Futex.wake(memory.stateAddress(REQUESTED_OFFSET), 1);
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
