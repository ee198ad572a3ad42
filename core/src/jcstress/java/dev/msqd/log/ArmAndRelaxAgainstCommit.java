package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** As {@link ArmAgainstCommit}, on a queue where those who publish fence, while a third relaxes that (StateDescriptor: Fence). */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "each saw the other")
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one saw the other")
@Outcome(expect = FORBIDDEN, desc = "a message that nobody tells the sleeper of")
@State
public class ArmAndRelaxAgainstCommit {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final ArmedSlots armed = ArmedSlots.receivers(memory);
    private final int offset;

    public ArmAndRelaxAgainstCommit() {
        sender.send(0, 8);
        receiver.cursor.look();
        receiver.cursor.step();
        offset = sender.claim(8);
        armed.set(receiver.slot.index());
        armed.clear(receiver.slot.index());
        sender.appender.describe(offset, 1, ClaimWord.AVAILABLE);
    }

    @Actor
    public void receiver(ZZ_Result r) {
        armed.set(receiver.slot.index());
        r.r1 = receiver.cursor.look() == Cursor.MESSAGE;
    }

    @Actor
    public void relaxer() {
        armed.relax();
    }

    @Actor
    public void sender(ZZ_Result r) {
        sender.appender.commit(offset, 1);
        r.r2 = !armed.isEmptyAfterPublishing();
    }
}
