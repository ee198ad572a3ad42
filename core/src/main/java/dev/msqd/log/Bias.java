package dev.msqd.log;

import static dev.msqd.layout.BiasWord.ACQUIRING;
import static dev.msqd.layout.BiasWord.NOBODY;
import static dev.msqd.layout.BiasWord.OWNED;
import static dev.msqd.layout.BiasWord.REVOKED;
import static dev.msqd.layout.BiasWord.REVOKING;
import static dev.msqd.layout.BiasWord.state;
import static dev.msqd.layout.BiasWord.tag;

import dev.msqd.calls.Membarrier;
import dev.msqd.calls.Words;
import dev.msqd.layout.BiasWord;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;

/**
 * The right of the only sender, or the only receiver, to do without locked operations ({@link BiasWord}). Known as biased
 * locking.
 *
 * <p>Whoever sends or receives has pinned a segment for that, by a full fence, before it looks here. So who acquires the right and
 * then sees nobody else's pin is alone, and who comes later sees the right and takes it away.
 */
final class Bias {
    private final Words word;
    private final Slots slots;
    private final int pin;

    private Bias(QueueMemory memory, Slots slots, int offset, int pin) {
        this.word = memory.stateWords().from(offset);
        this.slots = slots;
        this.pin = pin;
    }

    static Bias ofSender(QueueMemory memory, Slots slots) {
        return new Bias(memory, slots, StateDescriptor.SENDER_BIAS_OFFSET, SlotDescriptor.APPENDING_PIN);
    }

    static Bias ofReceiver(QueueMemory memory, Slots slots) {
        return new Bias(memory, slots, StateDescriptor.RECEIVER_BIAS_OFFSET, SlotDescriptor.RECEIVING_PIN);
    }

    /** Who has the right now: a word of {@link BiasWord}. */
    int word() {
        return word.getIntVolatile(0);
    }

    /** For a slot that has its pin set: has it the right from now on? Tried now and then; looks at all slots. */
    boolean acquire(Slot slot) {
        int acquiring = BiasWord.word(ACQUIRING, slot.tag());
        int word = word();
        if (word != NOBODY || slot.tag() == 0 || !move(NOBODY, acquiring)) {
            return word == BiasWord.word(OWNED, slot.tag()) && word != NOBODY;
        }
        for (int index = 0, limit = slots.limit(); index < limit; index++) {
            if (index != slot.index() && slots.peer(index).pinnedPlace(pin) >= 0) {
                move(acquiring, NOBODY);
                return false;
            }
        }
        return move(acquiring, BiasWord.word(OWNED, slot.tag()));
    }

    /**
     * Takes the right away from whoever has it. For a slot that has its pin set: nobody can acquire it meanwhile.
     *
     * @return {@link BiasWord#NOBODY}, or a REVOKED word: what its owner was doing shows in its slot, and must be
     *         minded before the word is {@link #forget forgotten}
     */
    int revoke() {
        while (true) {
            int word = word();
            if (word == NOBODY) {
                return NOBODY;
            }
            switch (state(word)) {
                case ACQUIRING -> move(word, NOBODY);
                case OWNED -> move(word, BiasWord.word(REVOKING, tag(word)));
                case REVOKING -> {
                    Membarrier.everywhere();
                    move(word, BiasWord.word(REVOKED, tag(word)));
                }
                default -> {
                    return word;
                }
            }
        }
    }

    /** The owner whose right was revoked, as peers see it. */
    Slot owner(int revoked) {
        return slots.peer(Slot.indexOfTag(tag(revoked)));
    }

    /** What the owner was doing is done, or stands for all to see. */
    void forget(int revoked) {
        move(revoked, NOBODY);
    }

    /** The owner leaves, or is dead; what it was doing is settled. */
    void drop(int tag) {
        int word = word();
        while (word != NOBODY && tag(word) == tag) {
            move(word, NOBODY);
            word = word();
        }
    }

    private boolean move(int from, int to) {
        return word.compareAndSetInt(0, from, to);
    }
}
