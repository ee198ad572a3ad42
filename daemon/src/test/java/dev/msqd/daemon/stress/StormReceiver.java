package dev.msqd.daemon.stress;

import dev.msqd.client.MessageHandler;
import dev.msqd.client.MessageQueue;
import dev.msqd.queue.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Receives until told to stop, through one endpoint or several. One in three wants types, the lowest first, one all but one type, the others whatever comes; in turns.
 */
final class StormReceiver {
    /** One in so many messages a hot receiver receives in place. */
    private static final int IN_PLACE = 16;

    private final Ledger ledger;
    private final int number;
    private final Manner manner;
    private final long paceNs;
    private final UnsafeBuffer hand;
    private final long[][] last = new long[Ledger.MAX_SENDERS][];
    private long inHand;
    private long count;

    /** @param paceNs rest after each message until senders stop; 0 for none */
    StormReceiver(Ledger ledger, Role role, long paceNs) {
        this.ledger = ledger;
        this.number = role.number();
        this.manner = role.manner();
        this.paceNs = paceNs;
        this.hand = ledger.hand(number);
    }

    boolean isOver() {
        return ledger.stop() == Ledger.RECEIVERS_STOP;
    }

    /** Tries so many times at most. */
    void run(MessageQueue queue, long tries) {
        MessageHandler handler = (mtype, buffer, offset, length) -> {
            inHand = read(mtype, buffer, offset, length);
            ledger.inHand(number, inHand);
        };
        ledger.present(number);
        for (long left = tries; left > 0 && !isOver(); left--) {
            Selector selector = selector(count++);
            boolean copies = manner.isHot() && count % IN_PLACE != 0;
            if (copies ? copy(queue, selector) : queue.receive(selector, handler, 20, TimeUnit.MILLISECONDS)) {
                note(inHand);
                if (paceNs > 0 && ledger.stop() == Ledger.RUN) {
                    LockSupport.parkNanos(paceNs);
                }
            }
        }
    }

    private boolean copy(MessageQueue queue, Selector selector) {
        int length = queue.receive(selector, hand, 0, hand.capacity(), 20, TimeUnit.MILLISECONDS);
        if (length != MessageQueue.NONE) {
            inHand = read(queue.receivedType(), hand, 0, length);
        }
        return length != MessageQueue.NONE;
    }

    private long read(long mtype, DirectBuffer buffer, int offset, int length) {
        long id = buffer.getLong(offset);
        if (!StormMessage.isIntact(id, manner, mtype, buffer, offset, length)) {
            ledger.corrupt(number);
        }
        return id;
    }

    private Selector selector(long count) {
        return switch ((int) (number % 3 + count / 1000) % 3) {
            case 0 -> Selector.any();
            case 1 -> Selector.upTo(4);
            default -> Selector.except(1 + count % 4);
        };
    }

    /** Within one type a sender's messages come in order, whatever the selector. */
    private void note(long id) {
        int sender = Ledger.sender(id);
        int type = (int) StormMessage.mtype(id);
        if (last[sender] == null) {
            last[sender] = new long[5];
        }
        if (Ledger.sequence(id) < last[sender][type]) {
            ledger.outOfOrder(number);
        }
        last[sender][type] = Ledger.sequence(id);
        ledger.noteReceived(number, id);
        ledger.inHand(number, 0);
        hand.putLongRelease(0, 0);
    }
}
