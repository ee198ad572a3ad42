package dev.msqd.bench.peer;

import dev.msqd.client.MessageClaim;
import dev.msqd.client.MessageQueue;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** A queue of msqd whose messages are sent in place: claim, copy, commit. */
final class MsqdClaimPeer extends MsqdPeer {
    @Override
    public String label() {
        return "msqd, claim and commit";
    }

    @Override
    Line line(Path directory, MessageQueue queue, Shape shape) {
        return new ClaimLine(directory, queue, shape);
    }

    private static final class ClaimLine extends MsqdLine {
        private final MessageClaim claim = new MessageClaim();
        private final UnsafeBuffer outgoing;

        ClaimLine(Path directory, MessageQueue queue, Shape shape) {
            super(directory, queue, shape);
            outgoing = Memory.newMessage(shape.length());
        }

        @Override
        public boolean trySend(long number) {
            if (!queue.tryClaim(1, length, claim)) {
                return false;
            }
            outgoing.putLong(0, number);
            claim.buffer().putBytes(0, outgoing, 0, length);
            claim.commit();
            return true;
        }
    }
}
