package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.FENCE_ARMING;
import static dev.msqd.layout.StateDescriptor.FENCE_CALLS;
import static dev.msqd.layout.StateDescriptor.FENCE_CHANGING;
import static dev.msqd.layout.StateDescriptor.MAX_SLOTS;
import static dev.msqd.layout.StateDescriptor.RECEIVERS_ARMED_OFFSET;
import static dev.msqd.layout.StateDescriptor.RECEIVERS_FENCE_OFFSET;
import static dev.msqd.layout.StateDescriptor.SENDERS_ARMED_OFFSET;
import static dev.msqd.layout.StateDescriptor.SENDERS_FENCE_OFFSET;
import static dev.msqd.layout.StateDescriptor.SLOT_LIMIT_OFFSET;

import dev.msqd.calls.Membarrier;
import dev.msqd.calls.Words;
import dev.msqd.layout.StateDescriptor;
import java.lang.invoke.VarHandle;
import org.agrona.BitUtil;

/**
 * Which slots have somebody asleep, or about to be: a bit a slot.
 *
 * <p>A bit is only a pointer to a waiter word; a bit that is set for nobody costs time and nothing else.
 *
 * <p>Who publishes something and then looks for sleepers, and who arms and then looks for what was published, must not both look in
 * vain: one of the two needs a fence in between. On a queue where nobody sleeps it is who arms, once, for everybody
 * ({@link Membarrier}); from then on it is who publishes, until it has met nobody for a while ({@link #relax}). So where nobody sleeps
 * it costs one load to know. One owner thread.
 */
public final class ArmedSlots {
    /** Stands for: no one mtype alone. */
    public static final byte ANY_KEY = 0;

    private static final long EACH_BYTE = 0x0101_0101_0101_0101L;
    private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

    /** After so many publications in a row that met nobody, nobody is expected to sleep. */
    private static final int RELAX_AFTER = 4096;

    private final Words state;
    private final int base;
    private final Words fences;
    private int metNobody;

    private ArmedSlots(QueueMemory memory, int base, int fence) {
        this.state = memory.stateWords();
        this.base = base;
        this.fences = state.from(fence);
    }

    public static ArmedSlots receivers(QueueMemory memory) {
        return new ArmedSlots(memory, RECEIVERS_ARMED_OFFSET, RECEIVERS_FENCE_OFFSET);
    }

    public static ArmedSlots senders(QueueMemory memory) {
        return new ArmedSlots(memory, SENDERS_ARMED_OFFSET, SENDERS_FENCE_OFFSET);
    }

    /** A full fence: who looks for messages or room afterwards and finds none will be found by who brings some. */
    public void set(int slot) {
        int word = word(slot);
        long bits = state.getLongVolatile(word);
        while (!state.compareAndSetLong(word, bits, bits | bit(slot))) {
            bits = state.getLongVolatile(word);
        }
        // The fence word changes in any case: who relaxes it must have looked at the bits after this one was set.
        int fence = moveFence();
        if (StateDescriptor.fence(fence) == FENCE_CHANGING) {
            Membarrier.everywhere();
            // Whoever changed it meanwhile does that after a membarrier of his own.
            fences.compareAndSetInt(0, fence, StateDescriptor.nextFence(fence, FENCE_CALLS));
        }
    }

    private int moveFence() {
        while (true) {
            int before = fences.getIntVolatile(0);
            int after = StateDescriptor.nextFence(before,
                StateDescriptor.fence(before) == FENCE_CALLS ? FENCE_CALLS : FENCE_CHANGING);
            if (fences.compareAndSetInt(0, before, after)) {
                return after;
            }
        }
    }

    /** Nobody has slept for a while: if nobody sleeps now, publishing costs no fence until somebody does. At any time. */
    public void relax() {
        int before = fences.getIntVolatile(0);
        if (StateDescriptor.fence(before) != FENCE_ARMING && isEmpty()) {
            fences.compareAndSetInt(0, before, StateDescriptor.nextFence(before, FENCE_ARMING));
        }
    }

    public void clear(int slot) {
        int word = word(slot);
        long bits = state.getLongVolatile(word);
        while ((bits & bit(slot)) != 0 && !state.compareAndSetLong(word, bits, bits & ~bit(slot))) {
            bits = state.getLongVolatile(word);
        }
    }

    /** {@link #isEmpty} for who has just published something, by a store: who armed before is seen, who arms later sees it. */
    public boolean isEmptyAfterPublishing() {
        if (isUnused()) {
            return true;
        }
        VarHandle.fullFence();
        boolean empty = isEmpty();
        metNobody = empty ? metNobody + 1 : 0;
        if (metNobody == RELAX_AFTER) {
            metNobody = 0;
            relax();
        }
        return empty;
    }

    /** Has nobody been armed for a while? One load; whoever is arming at this moment is not seen. */
    public boolean isUnused() {
        return StateDescriptor.fence(fences.getIntVolatile(0)) == FENCE_ARMING;
    }

    public boolean isEmpty() {
        for (int slot = 0, limit = limit(); slot < limit; slot += Long.SIZE) {
            if (state.getLongVolatile(word(slot)) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Says which messages a receiver wants, before it is armed.
     *
     * @param key {@link StateDescriptor#wantedKey} of the only mtype it wants, or {@link #ANY_KEY}
     */
    public void want(int slot, byte key) {
        state.putByte(StateDescriptor.WANTED_OFFSET + slot, key);
    }

    /**
     * The first armed receiver from {@code from} on that may want a message of this key, or -1. A receiver that wants
     * something else is passed over without a look at its slot, eight of them at a time.
     */
    public int next(int from, byte key) {
        int limit = limit();
        long repeatedKey = (key & 0xFFL) * EACH_BYTE;
        for (int slot = from; slot < limit; slot = (slot | (Byte.SIZE - 1)) + 1) {
            long bits = state.getLongVolatile(word(slot)) >>> slot;
            if (bits == 0) {
                slot |= Long.SIZE - 1;
                continue;
            }
            int first = slot & -Byte.SIZE;
            long wanted = state.getLongVolatile(StateDescriptor.WANTED_OFFSET + first);
            long candidates = zeroBytes(wanted) | zeroBytes(wanted ^ repeatedKey);
            long found = Long.compress(candidates, HIGHEST_BITS) >>> (slot - first) & bits;
            if (found != 0) {
                return slot + Long.numberOfTrailingZeros(found);
            }
        }
        return -1;
    }

    /** The highest bit of each byte that is zero. */
    private static long zeroBytes(long bytes) {
        long lowBits = (bytes & ~HIGHEST_BITS) + ~HIGHEST_BITS;
        return ~(lowBits | bytes | ~HIGHEST_BITS);
    }

    /** The first armed slot from {@code from} on, or -1. */
    public int next(int from) {
        int limit = limit();
        int slot = from;
        while (slot < limit) {
            long bits = state.getLongVolatile(word(slot)) >>> slot;
            if (bits != 0) {
                return slot + Long.numberOfTrailingZeros(bits);
            }
            slot = (slot | (Long.SIZE - 1)) + 1;
        }
        return -1;
    }

    private int limit() {
        return Math.min(state.getIntVolatile(SLOT_LIMIT_OFFSET), MAX_SLOTS);
    }

    private int word(int slot) {
        return base + slot / Long.SIZE * BitUtil.SIZE_OF_LONG;
    }

    private static long bit(int slot) {
        return 1L << slot;
    }
}
