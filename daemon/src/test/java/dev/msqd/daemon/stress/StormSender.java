package dev.msqd.daemon.stress;

import dev.msqd.client.MessageClaim;
import dev.msqd.client.MessageQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/** Sends until told to stop. */
final class StormSender {
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[StormMessage.MAX_LENGTH]);
    private final MessageClaim claim = new MessageClaim();
    private final Ledger ledger;
    private final int number;
    private final long paceNs;

    /** @param paceNs rest after each message; 0 for none */
    StormSender(Ledger ledger, int number, long paceNs) {
        this.ledger = ledger;
        this.number = number;
        this.paceNs = paceNs;
    }

    void run(MessageQueue queue) {
        long sequence = 0;
        while (ledger.stop() == Ledger.RUN && sequence < Ledger.MAX_MESSAGES) {
            long id = Ledger.id(number, sequence);
            if (sequence % 5 == 4 ? sendInPlace(queue, id) : sendCopy(queue, id)) {
                ledger.acknowledged(number, ++sequence);
            }
            if (paceNs > 0) {
                LockSupport.parkNanos(paceNs);
            }
        }
        ledger.left(number);
    }

    private boolean sendCopy(MessageQueue queue, long id) {
        int length = StormMessage.length(id);
        StormMessage.write(id, message, 0, length);
        return queue.send(StormMessage.mtype(id), message, 0, length, 100, TimeUnit.MILLISECONDS);
    }

    /** Now and then gives the claim up first. */
    private boolean sendInPlace(MessageQueue queue, long id) {
        int length = StormMessage.length(id);
        if (!queue.tryClaim(StormMessage.mtype(id), length, claim)) {
            return false;
        }
        StormMessage.write(id, claim.buffer(), 0, length);
        if (id % 7 == 0 && System.nanoTime() % 3 == 0) {
            claim.abort();
            return false;
        }
        claim.commit();
        return true;
    }
}
