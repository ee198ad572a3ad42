package dev.msqd.log;

import static dev.msqd.layout.SlotDescriptor.ASLEEP_FOR_OFFSET;
import static dev.msqd.layout.SlotDescriptor.COUNTING_OFFSET;
import static dev.msqd.layout.SlotDescriptor.GENERATION_OFFSET;
import static dev.msqd.layout.SlotDescriptor.IDLE;
import static dev.msqd.layout.SlotDescriptor.NEW_OFFSET;
import static dev.msqd.layout.SlotDescriptor.OWNER_OFFSET;
import static dev.msqd.layout.SlotDescriptor.PENDING_OFFSET;
import static dev.msqd.layout.SlotDescriptor.PIN_COUNT;
import static dev.msqd.layout.SlotDescriptor.PROCESS_OFFSET;
import static dev.msqd.layout.SlotDescriptor.SINCE_OFFSET;
import static dev.msqd.layout.SlotDescriptor.TOTAL_OFFSET;
import static dev.msqd.layout.SlotDescriptor.WAITER_MODE_OFFSET;
import static dev.msqd.layout.SlotDescriptor.WAITER_MSGTYP_OFFSET;
import static dev.msqd.layout.SlotDescriptor.WAITER_ROOM_OFFSET;
import static dev.msqd.layout.SlotDescriptor.WAITER_WORD_OFFSET;
import static dev.msqd.layout.SlotDescriptor.pinOffset;

import dev.msqd.calls.Words;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;

/**
 * One slot of a queue, seen by its owner, by peers and by repair. The tag tells one owner of the slot from the next.
 */
public final class Slot {
    /** Tags have 28 bits: 16 of the generation, 12 of the slot. */
    private static final int INDEX_BITS = 12;
    private static final int GENERATION_MASK = 0xFFFF;

    private final QueueMemory memory;
    private final Words words;
    private final int index;
    private final int tag;
    private long consumed;

    Slot(QueueMemory memory, int index) {
        this.memory = memory;
        this.index = index;
        this.words = memory.stateWords().from(StateDescriptor.slotOffset(index));
        this.tag = presentTag();
        this.consumed = total();
    }

    static int indexOfTag(int tag) {
        return tag & ((1 << INDEX_BITS) - 1);
    }

    public int index() {
        return index;
    }

    /** Who it is, in headers and claim words: positive, 28 bits. */
    public int tag() {
        return tag;
    }

    /** The tag of whoever owns the slot now: a peer's, which may change hands, unlike {@link #tag()}. */
    public int presentTag() {
        int generation = (int) words.getLongVolatile(GENERATION_OFFSET) & GENERATION_MASK;
        return (generation << INDEX_BITS) | index;
    }

    /** Client id; 0 when the slot is free. */
    public long owner() {
        return words.getLongVolatile(OWNER_OFFSET);
    }

    boolean moveOwner(long from, long to) {
        return words.compareAndSetLong(OWNER_OFFSET, from, to);
    }

    void nextGeneration() {
        words.putLongRelease(GENERATION_OFFSET, words.getLong(GENERATION_OFFSET) + 1);
    }

    // ---- pins

    /**
     * Shows that the place must not be used again. The store is a full fence: who checks afterwards that the segment is
     * linked and finds it so is safe, because the reclaimer looks at the pins only after it made it RETIRED (invariant 10).
     */
    void pin(int pin, int place) {
        if (pin == SlotDescriptor.APPENDING_PIN) {
            words.putLongRelease(SlotDescriptor.INTENT_OFFSET, SlotDescriptor.NO_INTENT);
        }
        words.putIntVolatile(pinOffset(pin), place + 1);
    }

    void unpin(int pin) {
        words.putIntRelease(pinOffset(pin), 0);
    }

    boolean pins(int place) {
        for (int pin = 0; pin < PIN_COUNT; pin++) {
            if (pinnedPlace(pin) == place) {
                return true;
            }
        }
        return false;
    }

    /** -1 when the pin is not set. */
    int pinnedPlace(int pin) {
        return words.getIntVolatile(pinOffset(pin)) - 1;
    }

    // ---- what the only sender is about to claim

    /** A release: who looks after a membarrier sees it, or is seen (Bias). */
    void intent(long intent) {
        words.putLongRelease(SlotDescriptor.INTENT_OFFSET, intent);
    }

    long intent() {
        return words.getLongVolatile(SlotDescriptor.INTENT_OFFSET);
    }

    // ---- counting, see SystemDescriptor

    /** While it is set a message may be counted that is not in the log: not yet, or not any more. */
    public void counting(boolean begun) {
        words.putLongVolatile(COUNTING_OFFSET, begun ? 1 : 0);
    }

    boolean isCounting() {
        return owner() != 0 && words.getLongVolatile(COUNTING_OFFSET) != 0;
    }

    // ---- accounts, stored by the owner, or by repair when it is dead

    long total() {
        return words.getLongVolatile(TOTAL_OFFSET);
    }

    /** Notes what is about to be consumed, so that a death in between can be settled exactly. */
    void beginConsuming(long address, long quantity) {
        words.putLong(NEW_OFFSET, consumed + quantity);
        words.putLongRelease(PENDING_OFFSET, address + 1);
    }

    /** Ends what began, consumed or not. */
    void endConsuming(boolean received) {
        if (received) {
            consumed = words.getLong(NEW_OFFSET);
            words.putLongRelease(TOTAL_OFFSET, consumed);
        }
        words.putLongRelease(PENDING_OFFSET, 0);
    }

    /** Address of the record that is being consumed, or -1. */
    long pendingAddress() {
        return words.getLongVolatile(PENDING_OFFSET) - 1;
    }

    /** Is it consuming the record at an address, and has not added it to its total? Of a record that it has in hand. */
    boolean isYetToCount(long address) {
        return pendingAddress() == address && words.getLongVolatile(NEW_OFFSET) != total();
    }

    // ---- waiter

    public long waiterWord() {
        return words.getLongVolatile(WAITER_WORD_OFFSET);
    }

    public boolean moveWaiter(long from, long to) {
        return words.compareAndSetLong(WAITER_WORD_OFFSET, from, to);
    }

    public void describeWaiter(long msgtyp, int mode, int room) {
        words.putLong(WAITER_MSGTYP_OFFSET, msgtyp);
        words.putInt(WAITER_MODE_OFFSET, mode);
        words.putInt(WAITER_ROOM_OFFSET, room);
    }

    public void armWaiter(long word) {
        words.putLongVolatile(WAITER_WORD_OFFSET, word);
    }

    public void idleWaiter() {
        words.putLongRelease(WAITER_WORD_OFFSET, IDLE);
    }

    public long waiterMsgtyp() {
        return words.getLongVolatile(WAITER_MSGTYP_OFFSET);
    }

    public int waiterMode() {
        return words.getIntVolatile(WAITER_MODE_OFFSET);
    }

    public int waiterRoom() {
        return words.getIntVolatile(WAITER_ROOM_OFFSET);
    }

    // ---- asleep, for whoever asks

    /**
     * Its owner goes to sleep.
     *
     * @param what    one of SlotDescriptor.FOR_
     * @param sinceNs when its call began to wait, on the clock of {@link System#nanoTime}, which all processes share
     * @param process for which it calls if that is not its owner's, else 0
     */
    public void asleep(int what, long sinceNs, int process) {
        words.putInt(PROCESS_OFFSET, process);
        words.putLong(SINCE_OFFSET, sinceNs);
        words.putIntRelease(ASLEEP_FOR_OFFSET, what);
    }

    public void awake() {
        words.putIntRelease(ASLEEP_FOR_OFFSET, 0);
    }

    /** One of SlotDescriptor.FOR_, or 0. */
    public int asleepFor() {
        return words.getIntVolatile(ASLEEP_FOR_OFFSET);
    }

    public int process() {
        return words.getIntVolatile(PROCESS_OFFSET);
    }

    public long sinceNs() {
        return words.getLongVolatile(SINCE_OFFSET);
    }

    /** Address in this process of the word that the waiter sleeps on. */
    public long futexAddress() {
        return memory.stateAddress(StateDescriptor.slotOffset(index) + WAITER_WORD_OFFSET);
    }
}
