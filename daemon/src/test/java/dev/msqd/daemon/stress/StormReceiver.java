package dev.msqd.daemon.stress;

import dev.msqd.client.MessageHandler;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Receives until told to stop: {@code dataDirectory ledger queue number}. One in three wants types, the lowest first, one all
 * but one type, the others whatever comes.
 */
final class StormReceiver {
    private final Ledger ledger;
    private final int number;
    private final long[][] last = new long[Ledger.MAX_SENDERS][5];
    private long inHand;

    private StormReceiver(Ledger ledger, int number) {
        this.ledger = ledger;
        this.number = number;
    }

    public static void main(String[] args) throws Exception {
        try (Ledger ledger = new Ledger(Path.of(args[1]));
            Msqd msqd = Storming.connect(Path.of(args[0]));
            MessageQueue queue = msqd.open(msqd.resolve(args[2]))) {
            new StormReceiver(ledger, Integer.parseInt(args[3])).run(queue);
        }
    }

    private void run(MessageQueue queue) {
        MessageHandler handler = (mtype, buffer, offset, length) -> {
            long id = buffer.getLong(offset);
            inHand = id;
            if (!StormMessage.isIntact(id, mtype, buffer, offset, length)) {
                ledger.corrupt(number);
            }
            ledger.inHand(number, id);
        };
        long count = 0;
        while (ledger.stop() != Ledger.RECEIVERS_STOP) {
            if (queue.receive(selector(count++), handler, 20, TimeUnit.MILLISECONDS)) {
                note(inHand);
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
        if (Ledger.sequence(id) < last[sender][type]) {
            ledger.outOfOrder(number);
        }
        last[sender][type] = Ledger.sequence(id);
        ledger.received(number, id);
        ledger.inHand(number, 0);
    }
}
