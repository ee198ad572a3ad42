package dev.msqd.daemon.stress;

import dev.msqd.client.MessageClaim;
import dev.msqd.client.MessageQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/** Sends until told to stop, through one endpoint or several. */
final class StormSender {
    /** One in so many messages a hot sender waits with for room. With the others it rests: the queue runs empty, and the receiver sleeps. */
    private static final int WAITING = 128;
    private static final long FULL_REST_NS = 1_000_000;

    private final UnsafeBuffer message = new UnsafeBuffer(new byte[StormMessage.MAX_LENGTH]);
    private final MessageClaim claim = new MessageClaim();
    private final Ledger ledger;
    private final int number;
    private final Manner manner;
    private final long paceNs;
    private long sequence;

    /** @param paceNs rest after each message; 0 for none */
    StormSender(Ledger ledger, Role role, long paceNs) {
        this.ledger = ledger;
        this.number = role.number();
        this.manner = role.manner();
        this.paceNs = paceNs;
    }

    boolean isOver() {
        return ledger.stop() != Ledger.RUN || sequence == Ledger.MAX_MESSAGES;
    }

    /** Tries so many times at most. */
    void run(MessageQueue queue, long tries) {
        for (long left = tries; left > 0 && !isOver(); left--) {
            long id = Ledger.id(number, sequence);
            if (sequence % 5 == 4 ? sendInPlace(queue, id) : sendCopy(queue, id)) {
                ledger.acknowledged(number, ++sequence);
            } else if (manner.isHot()) {
                LockSupport.parkNanos(FULL_REST_NS);
            }
            if (paceNs > 0) {
                LockSupport.parkNanos(paceNs);
            }
        }
    }

    private boolean sendCopy(MessageQueue queue, long id) {
        int length = StormMessage.length(id, manner);
        StormMessage.write(id, message, 0, length);
        boolean waits = !manner.isHot() || sequence % WAITING == 0;
        return queue.send(StormMessage.mtype(id), message, 0, length, waits ? 100 : 0, TimeUnit.MILLISECONDS);
    }

    /** Now and then gives the claim up first. */
    private boolean sendInPlace(MessageQueue queue, long id) {
        int length = StormMessage.length(id, manner);
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
