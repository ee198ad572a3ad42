package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.Quantity;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Somebody sums up what was received while a message of 7 bytes is consumed: bytes and messages change together. */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "before")
@Outcome(id = "7, 1", expect = ACCEPTABLE, desc = "after")
@Outcome(expect = FORBIDDEN, desc = "half of it")
@State
public class TotalSeen {
    private final QueueMemory memory = QueueRing.next();
    private final Party receiver = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public TotalSeen() {
        // The bytes are in both halves of the word.
        other.send(0, 7);
        receiver.takeNext();
    }

    @Actor
    public void receiver() {
        receiver.cursor.consume();
    }

    @Actor
    public void other(JJ_Result r) {
        long received = other.chain.slots().received();
        r.r1 = Quantity.bytes(received);
        r.r2 = Quantity.messages(received);
    }
}
