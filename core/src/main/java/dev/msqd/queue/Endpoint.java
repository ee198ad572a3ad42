package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.Appender;
import dev.msqd.log.Cursor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueState;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;

/**
 * What one thread at a time uses of one queue: a slot, the sending and the receiving half, and the sleep of both.
 */
public final class Endpoint implements AutoCloseable {
    /** Look again for so long before going to sleep: about what a wake-up costs. */
    static final long SPIN_NS = Runtime.getRuntime().availableProcessors() > 1 ? 20_000 : 0;

    private static final long NOBODY = 0;

    /** After so many in a row, only one wait in {@link #WAITS_PER_SPIN} begins with a spin. */
    private static final int MAX_FUTILE_SPINS = 4;
    private static final int WAITS_PER_SPIN = 64;
    private static final int SPINS_PER_CLOCK_LOOK = 32;
    private static final long CLOSE_LOOK_NS = 1_000_000;

    private final QueueMemory memory;
    private final SegmentChain chain;
    private final long clientId;
    private final Slot slot;
    private final Parker parker;
    private final Commits commits;
    private final Sender sender;
    private final Receiver receiver;
    private final SystemLimits system;
    private final Runnable afterClose;
    private Caller actsFor;
    private int pid;
    private volatile boolean closed;
    private volatile boolean settled;
    /**
     * Id of the thread that is in a call, or has a message in hand; 0 none. Plain for the sake of its owner, who writes it twice a call, and
     * no reference: a collector's card table would make threads share a line.
     */
    private long caller;
    /** With a message in hand the call that took it goes on; whoever reads it may send meanwhile. */
    private boolean inHand;
    private int futileSpins;

    /**
     * @param clientId   given by the daemon, never 0
     * @param pid        what lspid and lrpid will say of this endpoint
     * @param system     what holds for all queues together
     * @param judge      rights under the queue's present rules, READ 4 and WRITE 2
     * @param afterClose called once, when the endpoint does not use the memory any more
     * @throws ErrnoException ENOSPC when the queue has no free slot
     */
    public Endpoint(SegmentChain chain, long clientId, int pid, SystemLimits system,
        ToIntFunction<QueueState> judge, Runnable afterClose) {
        this.memory = chain.memory();
        this.chain = chain;
        this.clientId = clientId;
        this.system = system;
        this.afterClose = afterClose;
        actFor(Caller.ofThisProcess(pid));
        this.slot = chain.slots().acquire(clientId);
        this.parker = new Parker(slot, system);
        this.commits = new Commits(this);
        Waiters waiters = new Waiters(memory, chain.slots());
        Rules rules = new Rules(memory.state(), judge);
        Appender appender = new Appender(chain, slot);
        this.sender = new Sender(this, rules, appender, waiters, system);
        this.receiver = new Receiver(this, rules, new Cursor(chain, slot, clientId), appender, waiters, system);
    }

    public Sender sender() {
        return sender;
    }

    public Receiver receiver() {
        return receiver;
    }

    /** For whom the calls are made from now on. Between two calls. */
    public void actFor(Caller caller) {
        actsFor = caller;
        pid = caller.pid();
    }

    int pid() {
        return pid;
    }

    Caller actsFor() {
        return actsFor;
    }

    /** What holds for all queues together. */
    public SystemLimits system() {
        return system;
    }

    public QueueMemory memory() {
        return memory;
    }

    Slot slot() {
        return slot;
    }

    Parker parker() {
        return parker;
    }

    Commits commits() {
        return commits;
    }

    /**
     * A call begins.
     *
     * @throws ErrnoException EINVAL
     */
    void enter() {
        checkOpen();
        caller = Thread.currentThread().threadId();
    }

    /** A message is taken, or settled again. */
    void inHand(boolean now) {
        inHand = now;
    }

    boolean isInHand() {
        return inHand;
    }

    /** A call ends, unless it has a message in hand. If the endpoint was closed under it, it is this thread that lets go. */
    void leave() {
        if (!inHand) {
            caller = NOBODY;
            if (closed) {
                settle();
            }
        }
    }

    /**
     * Also in the middle of a call that sleeps.
     *
     * @throws ErrnoException EINVAL
     */
    void checkOpen() {
        if (closed) {
            throw closed();
        }
        checkMemory();
    }

    /**
     * The memory alone: if only this endpoint was closed, what was done to the queue is done.
     *
     * @throws ErrnoException EINVAL
     */
    void checkMemory() {
        if (memory.isClosed()) {
            throw closed();
        }
    }

    private ErrnoException closed() {
        return new ErrnoException(Errno.EINVAL, "this endpoint of " + memory.what() + " is closed");
    }

    /** Messages of this queue are gone (R78). Those of a queue that is removed went with it. */
    void uncount(int gone) {
        if (!memory.state().removed()) {
            system.uncount(gone);
        }
    }

    /**
     * Spins until {@code attempt} succeeds, for as long as a wake-up would cost. Where it never does, as with more threads than
     * processors, it takes away the time that others need: then it is tried now and then only.
     */
    boolean spin(Attempt attempt, long timeoutNs) {
        if (SPIN_NS == 0 || !actsFor.spins()
            || futileSpins >= MAX_FUTILE_SPINS && ++futileSpins % WAITS_PER_SPIN != 0) {
            return false;
        }
        long end = System.nanoTime() + Math.min(SPIN_NS, timeoutNs);
        do {
            for (int spin = 0; spin < SPINS_PER_CLOCK_LOOK; spin++) {
                Thread.onSpinWait();
                if (attempt.tryNow()) {
                    futileSpins = 0;
                    return true;
                }
            }
        } while (System.nanoTime() - end < 0);
        futileSpins++;
        return false;
    }

    /**
     * Ends the use of the slot; what was claimed or taken and not finished is settled. A thread that is asleep in a call is
     * woken to fail with EINVAL; one that reads a message is waited for. While this very thread has a message in hand, it takes effect when that is finished.
     */
    @Override
    public void close() {
        closed = true;
        // The thread in the call settles when it leaves. Its leaving may pass our flag unseen: then we see it gone, and settle.
        while (caller != NOBODY && caller != Thread.currentThread().threadId() && !settled) {
            parker.nudge();
            memory.commitTickets().lookAgain();
            LockSupport.parkNanos(CLOSE_LOOK_NS);
        }
        if (caller == NOBODY) {
            settle();
        }
    }

    private synchronized void settle() {
        if (settled) {
            return;
        }
        settled = true;
        try {
            if (!memory.isClosed()) {
                try {
                    receiver.release();
                } finally {
                    sender.release();
                }
                // Not before both let go of everything: what is left in it the daemon settles when the client is gone.
                chain.slots().release(slot, clientId);
            }
        } finally {
            afterClose.run();
        }
    }

    /** One try of a call that may sleep. */
    interface Attempt {
        boolean tryNow();
    }
}
