package dev.msqd.queue;

import static dev.msqd.layout.SlotDescriptor.NUDGED;
import static dev.msqd.layout.SlotDescriptor.TOO_BIG;
import static dev.msqd.layout.SlotDescriptor.handed;
import static dev.msqd.layout.SlotDescriptor.isArming;
import static dev.msqd.layout.SlotDescriptor.isWaiting;

import dev.msqd.layout.Quantity;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.ArmedSlots;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.Slot;
import dev.msqd.log.Slots;

/**
 * The threads of all processes that are asleep on a queue, and who wakes them. One owner thread.
 *
 * <p>Sleeping is arm → fence → look again → sleep; bringing is commit or consume → look for the armed; {@link ArmedSlots} says whose fence
 * serves both.
 * Either the sleeper sees what was brought, or who brings sees the sleeper.
 *
 * <p>A receiver is handed its message (R48): before the commit the record's claim word is set to taken for it, so that the
 * message never shows as queued (R49); a receiver that was only arming then is nudged after the commit, and takes it
 * itself. Waiters are served in the order of their tickets.
 */
public final class Waiters {
    static final int NOBODY = -1;

    private final Slots slots;
    private final ArmedSlots receivers;
    private final ArmedSlots senders;
    /** The word that the receiver of the last {@link #choose} waits with: it is handed to by a CAS from it. */
    private long chosenWord;

    public Waiters(QueueMemory memory, Slots slots) {
        this.slots = slots;
        this.receivers = ArmedSlots.receivers(memory);
        this.senders = ArmedSlots.senders(memory);
    }

    ArmedSlots receivers() {
        return receivers;
    }

    ArmedSlots senders() {
        return senders;
    }

    /** How many wait for a message, or are about to. */
    int waitingReceivers() {
        return waiting(receivers);
    }

    /** How many wait for room, or are about to. */
    int waitingSenders() {
        return waiting(senders);
    }

    private int waiting(ArmedSlots armed) {
        int waiting = 0;
        for (int index = armed.next(0); index >= 0; index = armed.next(index + 1)) {
            long word = slots.peer(index).waiterWord();
            waiting += isWaiting(word) || isArming(word) ? 1 : 0;
        }
        return waiting;
    }

    Slot peer(int index) {
        return slots.peer(index);
    }

    /**
     * The first receiver to sleep that a message satisfies, or {@link #NOBODY}. One that it satisfies but that has no room for
     * it is woken to fail with E2BIG, and the next is chosen (R51).
     */
    int choose(long mtype, int length) {
        byte key = StateDescriptor.wantedKey(mtype);
        while (true) {
            int best = NOBODY;
            long bestWord = Long.MAX_VALUE;
            for (int index = receivers.next(0, key); index >= 0; index = receivers.next(index + 1, key)) {
                Slot peer = slots.peer(index);
                long word = peer.waiterWord();
                if (isWaiting(word) && word < bestWord
                    && Selector.matches(peer.waiterMode(), peer.waiterMsgtyp(), mtype)) {
                    best = index;
                    bestWord = word;
                }
            }
            if (best == NOBODY) {
                return NOBODY;
            }
            Slot peer = slots.peer(best);
            int room = peer.waiterRoom();
            if (peer.waiterWord() != bestWord) {
                continue;
            }
            if (length <= room) {
                chosenWord = bestWord;
                return best;
            }
            if (peer.moveWaiter(bestWord, TOO_BIG)) {
                Parker.wake(peer);
            }
        }
    }

    /** Hands a record to the receiver just chosen; false if it does not wait any more. It is not woken yet. */
    boolean hand(int index, long address) {
        return slots.peer(index).moveWaiter(chosenWord, handed(address));
    }

    /**
     * Has every receiver look again that armed too late for a hand-off and that a message satisfies. All of them: one that
     * went on sleeping could be handed the sender's next message before this one is taken.
     */
    void tell(long mtype) {
        byte key = StateDescriptor.wantedKey(mtype);
        for (int index = receivers.next(0, key); index >= 0; index = receivers.next(index + 1, key)) {
            Slot peer = slots.peer(index);
            long word = peer.waiterWord();
            if ((isWaiting(word) || isArming(word))
                && Selector.matches(peer.waiterMode(), peer.waiterMsgtyp(), mtype)) {
                nudge(peer);
            }
        }
    }

    /** Wakes, in the order of their tickets, the senders whose message now fits by itself (R30). */
    void wakeSenders(long live, long qbytes) {
        long served = 0;
        while (true) {
            int best = NOBODY;
            long bestWord = Long.MAX_VALUE;
            for (int index = senders.next(0); index >= 0; index = senders.next(index + 1)) {
                Slot peer = slots.peer(index);
                long word = peer.waiterWord();
                if (isWaiting(word) && word > served && word < bestWord
                    && Quantity.fits(live, (int) peer.waiterMsgtyp(), qbytes)) {
                    best = index;
                    bestWord = word;
                }
            }
            if (best == NOBODY) {
                return;
            }
            nudge(slots.peer(best));
            served = bestWord;
        }
    }

    /** Wakes everybody to look again: rules changed, the queue was removed, a message went back to its place. */
    public void nudgeAll() {
        nudgeReceivers();
        nudgeAll(senders);
    }

    void nudgeReceivers() {
        nudgeAll(receivers);
    }

    void nudgeSenders() {
        nudgeAll(senders);
    }

    private void nudgeAll(ArmedSlots armed) {
        for (int index = armed.next(0); index >= 0; index = armed.next(index + 1)) {
            Slot peer = slots.peer(index);
            long word = peer.waiterWord();
            if (isWaiting(word) || isArming(word)) {
                nudge(peer);
            } else {
                // Handed a record by somebody who may have died before he woke it.
                Parker.wake(peer);
            }
        }
    }

    /** Whoever waits, or is about to: the step from ARMING to WAITING must not slip through. */
    static void nudge(Slot peer) {
        long word = peer.waiterWord();
        while (isWaiting(word) || isArming(word)) {
            if (peer.moveWaiter(word, NUDGED)) {
                Parker.wake(peer);
                return;
            }
            word = peer.waiterWord();
        }
    }
}
