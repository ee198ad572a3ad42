package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A sender before a full queue arms and looks, a receiver consumes and looks for the armed: one of them sees the other. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "each saw the other")
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one saw the other")
@Outcome(expect = FORBIDDEN, desc = "room that nobody tells the sleeper of")
@State
public class ArmAgainstConsume {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final ArmedSlots armed = ArmedSlots.senders(memory);

    public ArmAgainstConsume() {
        sender.send(0, 8);
        receiver.takeNext();
    }

    @Actor
    public void sender(ZZ_Result r) {
        armed.set(sender.slot.index());
        r.r1 = sender.appender.claim(8, 8) != Appender.FULL;
    }

    @Actor
    public void receiver(ZZ_Result r) {
        receiver.cursor.consume();
        r.r2 = !armed.isEmptyAfterPublishing();
    }
}
