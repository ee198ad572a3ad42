package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A full queue: a sender finds room only after the message that filled it is consumed (R21, invariant 5). */
@JCStressTest
@Outcome(id = {"-1, false", "-1, true"}, expect = ACCEPTABLE, desc = "full when it looked")
@Outcome(id = "64, true", expect = ACCEPTABLE, desc = "room after it was consumed")
@Outcome(expect = FORBIDDEN, desc = "more than the limit")
@State
public class LimitAgainstConsume {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final UnsafeBuffer segment;

    public LimitAgainstConsume() {
        sender.send(0, 8);
        receiver.takeNext();
        segment = receiver.cursor.buffer();
    }

    @Actor
    public void sender(IZ_Result r) {
        r.r1 = sender.appender.claim(8, 8);
        r.r2 = ClaimWord.isConsumed(segment.getIntVolatile(RecordDescriptor.CLAIM_OFFSET));
    }

    @Actor
    public void receiver() {
        receiver.cursor.consume();
    }
}
