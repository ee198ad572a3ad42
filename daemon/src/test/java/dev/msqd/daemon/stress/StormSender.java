package dev.msqd.daemon.stress;

import dev.msqd.client.MessageClaim;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** Sends until told to stop: {@code dataDirectory ledger queue number}. */
final class StormSender {
    private StormSender() {}

    public static void main(String[] args) throws Exception {
        int number = Integer.parseInt(args[3]);
        UnsafeBuffer message = new UnsafeBuffer(new byte[StormMessage.MAX_LENGTH]);
        MessageClaim claim = new MessageClaim();
        try (Ledger ledger = new Ledger(Path.of(args[1]));
            Msqd msqd = Storming.connect(Path.of(args[0]));
            MessageQueue queue = msqd.open(msqd.resolve(args[2]))) {
            long sequence = 0;
            while (ledger.stop() == Ledger.RUN && sequence < Ledger.MAX_MESSAGES) {
                long id = Ledger.id(number, sequence);
                if (sequence % 5 == 4 ? sendInPlace(queue, id, claim) : sendCopy(queue, id, message)) {
                    ledger.acknowledged(number, ++sequence);
                }
            }
        }
    }

    private static boolean sendCopy(MessageQueue queue, long id, UnsafeBuffer message) {
        int length = StormMessage.length(id);
        StormMessage.write(id, message, 0, length);
        return queue.send(StormMessage.mtype(id), message, 0, length, 100, TimeUnit.MILLISECONDS);
    }

    /** Now and then gives the claim up first. */
    private static boolean sendInPlace(MessageQueue queue, long id, MessageClaim claim) {
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
