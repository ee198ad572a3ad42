package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A receiver arms, by a membarrier, and looks; a sender commits without a fence and looks for the armed: one of them sees the other. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "each saw the other")
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one saw the other")
@Outcome(expect = FORBIDDEN, desc = "a message that nobody tells the sleeper of")
@State
public class ArmAgainstCommit {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final ArmedSlots armed = ArmedSlots.receivers(memory);
    private final int offset;

    public ArmAgainstCommit() {
        sender.send(0, 8);
        receiver.cursor.look();
        receiver.cursor.step();
        offset = sender.claim(8);
        sender.appender.describe(offset, 1, ClaimWord.AVAILABLE);
    }

    @Actor
    public void receiver(ZZ_Result r) {
        armed.set(receiver.slot.index());
        r.r1 = receiver.cursor.look() == Cursor.MESSAGE;
    }

    @Actor
    public void sender(ZZ_Result r) {
        sender.appender.commit(offset, 1);
        r.r2 = !armed.isEmptyAfterPublishing();
    }
}
