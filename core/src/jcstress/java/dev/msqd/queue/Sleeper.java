package dev.msqd.queue;

import dev.msqd.layout.SlotDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueRing;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes to sleep as {@link Receiver} and {@link Sender} do, up to the call that sleeps: arm, fence, look again with the real
 * receiver or sender, and be asleep. The steps are theirs, in their order; their own loops can't be stopped just there.
 */
final class Sleeper {
    static final String DONE = "done";
    static final String ASLEEP = "asleep";
    static final String AWAKE = "awake";
    static final String REMOVED = "removed";

    private static final UnsafeBuffer MESSAGE = new UnsafeBuffer(new byte[8]);
    private static final SystemLimits NO_LIMITS = QueueRing.inFolder(SystemLimits::serve);

    static {
        NO_LIMITS.set(Long.MAX_VALUE, 0);
    }

    private final Endpoint endpoint;
    private final Slot slot;
    private final Waiters waiters;
    private final long ticket;

    Sleeper(Endpoint endpoint) {
        this.endpoint = endpoint;
        this.slot = endpoint.slot();
        this.waiters = new Waiters(endpoint.memory(), new SegmentChain(endpoint.memory()).slots());
        this.ticket = endpoint.memory().state().nextTicket();
    }

    static Endpoint endpoint(QueueMemory memory, long clientId) {
        return new Endpoint(new SegmentChain(memory), clientId, (int) clientId, NO_LIMITS, QueueFixture.NO_LIMIT,
            () -> {});
    }

    /** Sends 8 bytes without waiting. */
    static boolean send(Endpoint endpoint) {
        return endpoint.sender().send(1, MESSAGE, 0, MESSAGE.capacity(), 0);
    }

    /** Takes any message without waiting. */
    static boolean take(Endpoint endpoint) {
        return endpoint.receiver().take(Selector.any(), Integer.MAX_VALUE, 0) == Receiver.TAKEN;
    }

    /** How many messages can be received, all of which are. */
    static int receiveAll(Endpoint endpoint) {
        int received = 0;
        while (take(endpoint)) {
            endpoint.receiver().consume();
            received++;
        }
        return received;
    }

    /** In msgrcv. */
    String receive() {
        armReceiver();
        if (take(endpoint)) {
            return DONE;
        }
        return fallAsleep() ? ASLEEP : AWAKE;
    }

    /** In msgsnd. */
    String send() {
        slot.describeWaiter(MESSAGE.capacity(), Selector.NOTHING, 0);
        slot.armWaiter(SlotDescriptor.waiting(ticket));
        waiters.senders().set(slot.index());
        return send(endpoint) ? DONE : ASLEEP;
    }

    void armReceiver() {
        slot.describeWaiter(0, Selector.ANY, Integer.MAX_VALUE);
        waiters.receivers().want(slot.index(), Selector.any().wantedKey());
        slot.armWaiter(SlotDescriptor.arming(ticket));
        waiters.receivers().set(slot.index());
    }

    boolean fallAsleep() {
        long arming = SlotDescriptor.arming(ticket);
        return slot.moveWaiter(arming, SlotDescriptor.asleep(arming));
    }

    /** Out of the line, if nobody did anything to the word. */
    boolean leave() {
        return slot.moveWaiter(SlotDescriptor.waiting(ticket), SlotDescriptor.IDLE);
    }

    Slot slot() {
        return slot;
    }

    /** The state of the waiter word, as in {@link SlotDescriptor}. */
    String state() {
        long word = slot.waiterWord();
        if (SlotDescriptor.isWaiting(word)) {
            return "WAITING";
        }
        if (SlotDescriptor.isArming(word)) {
            return "ARMING";
        }
        if (SlotDescriptor.isHanded(word)) {
            return "HANDED";
        }
        return word == SlotDescriptor.IDLE ? "IDLE" : word == SlotDescriptor.NUDGED ? "NUDGED" : Long.toHexString(word);
    }
}
