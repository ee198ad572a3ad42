package dev.msqd.daemon.stress;

import dev.msqd.client.MessageHandler;
import dev.msqd.client.MessageQueue;
import dev.msqd.queue.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Receives until told to stop. One in three wants types, the lowest first, one all but one type, the others whatever comes; in turns.
 */
final class StormReceiver {
    private final Ledger ledger;
    private final int number;
    private final long paceNs;
    private final long[][] last = new long[Ledger.MAX_SENDERS][];
    private long inHand;

    /** @param paceNs rest after each message until senders stop; 0 for none */
    StormReceiver(Ledger ledger, int number, long paceNs) {
        this.ledger = ledger;
        this.number = number;
        this.paceNs = paceNs;
    }

    void run(MessageQueue queue) {
        MessageHandler handler = (mtype, buffer, offset, length) -> {
            long id = buffer.getLong(offset);
            inHand = id;
            if (!StormMessage.isIntact(id, mtype, buffer, offset, length)) {
                ledger.corrupt(number);
            }
            ledger.inHand(number, id);
        };
        ledger.present(number);
        long count = 0;
        while (ledger.stop() != Ledger.RECEIVERS_STOP) {
            if (queue.receive(selector(count++), handler, 20, TimeUnit.MILLISECONDS)) {
                note(inHand);
                if (paceNs > 0 && ledger.stop() == Ledger.RUN) {
                    LockSupport.parkNanos(paceNs);
                }
            }
        }
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
    }
}
