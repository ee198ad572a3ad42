package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.COMMITTED_OFFSET;
import static dev.msqd.layout.StateDescriptor.LOG_ASLEEP_OFFSET;
import static dev.msqd.layout.StateDescriptor.REQUESTED_OFFSET;

import dev.msqd.calls.Futex;
import dev.msqd.calls.Words;

/**
 * How clients and the daemon agree on commits of the log on disk: whoever wants one draws a ticket. The daemon serves all tickets up to the
 * last one drawn when what was there then is on disk. Tickets go up by one and wrap around. Any thread.
 */
public final class CommitTickets {
    private static final int SPINS_PER_CLOCK_LOOK = 32;
    private static final int ALL_BITS = -1;

    private final Words words;
    private final long drawnAddress;
    private final long servedAddress;

    CommitTickets(Words state, long address) {
        this.words = state;
        this.drawnAddress = address + REQUESTED_OFFSET;
        this.servedAddress = address + COMMITTED_OFFSET;
    }

    /** Asks for a commit of what is there now. */
    public int draw() {
        int ticket = words.getAndAddInt(REQUESTED_OFFSET, 1) + 1;
        if (words.getIntVolatile(LOG_ASLEEP_OFFSET) != 0 && words.compareAndSetInt(LOG_ASLEEP_OFFSET, 1, 0)) {
            Futex.wake(drawnAddress, 1);
        }
        return ticket;
    }

    /** The last ticket drawn: whatever its owner did before is there to be found from now on. */
    public int last() {
        return words.getIntVolatile(REQUESTED_OFFSET);
    }

    /** The last ticket served. */
    public int served() {
        return words.getIntVolatile(COMMITTED_OFFSET);
    }

    public boolean isServed(int ticket) {
        return served() - ticket >= 0;
    }

    /** Where those who wait for their tickets sleep: a futex that holds {@link #served}. */
    public long servedAddress() {
        return servedAddress;
    }

    /** For the daemon. What there was when {@link #last} said {@code ticket} is on disk. */
    public void serve(int ticket) {
        int before = served();
        if (before != ticket) {
            words.putIntVolatile(COMMITTED_OFFSET, ticket);
            Futex.wakeOnly(servedAddress, bits(before, ticket));
        }
    }

    /** By what those who sleep for tickets are told apart: one bit for each, so others sleep on but for one in 32. */
    public static int bit(int ticket) {
        return 1 << ticket;
    }

    /** The bits of all tickets after one of them, up to the other. */
    static int bits(int after, int last) {
        int count = last - after;
        return count < 0 || count >= Integer.SIZE ? ALL_BITS : Integer.rotateLeft((1 << count) - 1, after + 1);
    }

    /** Those who wait for their tickets wake: something else has changed that concerns them. */
    public void lookAgain() {
        Futex.wake(servedAddress, Integer.MAX_VALUE);
    }

    /**
     * For the daemon. Waits for a ticket after {@code seen}; ends early at will.
     *
     * @param spinNs how long to look for one before going to sleep: waking up takes about as long
     */
    public void await(int seen, long spinNs, long timeoutNs) {
        long end = System.nanoTime() + spinNs;
        do {
            for (int spin = 0; spin < SPINS_PER_CLOCK_LOOK; spin++) {
                if (last() != seen) {
                    return;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - end < 0);
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 1);
        if (last() == seen) {
            Futex.await(drawnAddress, seen, timeoutNs);
        }
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 0);
    }

    /** Ends another thread's {@link #await}. */
    public void wake() {
        words.putIntVolatile(LOG_ASLEEP_OFFSET, 0);
        Futex.wake(drawnAddress, 1);
    }
}
