package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.MAX_SLOTS;
import static dev.msqd.layout.StateDescriptor.SLOT_LIMIT_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Words;

/** All slots of a queue: taking one, giving it back, and sums over all. */
public final class Slots {
    private final QueueMemory memory;
    private final Words state;
    private volatile Slot[] peers = new Slot[0];

    Slots(QueueMemory memory) {
        this.memory = memory;
        this.state = memory.stateWords();
    }

    /**
     * Takes a free slot. Any thread of any process; the daemon is not needed.
     *
     * @throws ErrnoException ENOSPC when all are in use, or the hot directory is full
     */
    public Slot acquire(long clientId) {
        for (int index = 0; index < MAX_SLOTS; index++) {
            raiseLimit(index + 1);
            Slot slot = new Slot(memory, index);
            if (slot.owner() == 0 && slot.moveOwner(0, clientId)) {
                return begin(index);
            }
        }
        throw new ErrnoException(Errno.ENOSPC, memory.what() + ": all " + MAX_SLOTS + " endpoints are in use");
    }

    /** The slot is its owner's from now on, and nothing in it an earlier owner's. */
    Slot begin(int index) {
        Slot slot = new Slot(memory, index);
        slot.nextGeneration();
        slot.counting(false);
        slot.awake();
        return new Slot(memory, index);
    }

    /** Gives a slot back that has no record, pin or waiter any more. Its total stays: sums over all slots need it. */
    public void release(Slot slot, long clientId) {
        slot.moveOwner(clientId, 0);
    }

    /** Slots in use are below this. */
    public int limit() {
        int limit = state.getIntVolatile(SLOT_LIMIT_OFFSET);
        if (limit < 0 || limit > MAX_SLOTS) {
            throw new ErrnoException(Errno.EIO, memory.what() + " is damaged: " + limit + " slots");
        }
        return limit;
    }

    /** A slot as peers see it: of its present owner only words are used, never the tag. */
    public Slot peer(int index) {
        Slot[] known = peers;
        return index < known.length ? known[index] : learn(index);
    }

    /** Sum over all slots of what was received: a lower bound while receivers are at work. */
    long received() {
        long sum = 0;
        for (int index = 0, limit = limit(); index < limit; index++) {
            sum += peer(index).total();
        }
        return sum;
    }

    /** How many may have counted a message that is not in the log, or not uncounted one that is gone. */
    public int counting() {
        int counting = 0;
        for (int index = 0, limit = limit(); index < limit; index++) {
            counting += peer(index).isCounting() ? 1 : 0;
        }
        return counting;
    }

    boolean isPinned(int place) {
        for (int index = 0, limit = limit(); index < limit; index++) {
            if (peer(index).pins(place)) {
                return true;
            }
        }
        return false;
    }

    /** Before a slot is taken, so that whoever takes it is never outside the limit. */
    private void raiseLimit(int limit) {
        int current = limit();
        while (current < limit) {
            memory.allocateSlot(limit - 1);
            if (state.compareAndSetInt(SLOT_LIMIT_OFFSET, current, limit)) {
                return;
            }
            current = limit();
        }
    }

    private synchronized Slot learn(int index) {
        int limit = Math.max(index + 1, limit());
        Slot[] known = new Slot[limit];
        for (int i = 0; i < limit; i++) {
            known[i] = i < peers.length ? peers[i] : new Slot(memory, i);
        }
        peers = known;
        return known[index];
    }
}
