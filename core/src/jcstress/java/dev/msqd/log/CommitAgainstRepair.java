package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * A sender commits its record while a repair that takes it for dead declares the record dead: one of them wins, and both
 * know it (invariants 1, 3).
 *
 * <p>A repair that loses has already marked the claim word as consumed: the message is sent, and nobody can take it. Only a
 * sender that is alive could lose one so, and repair settles none before its process has ended (invariant 8).
 */
@JCStressTest
@Outcome(id = "true, true, true", expect = ACCEPTABLE, desc = "sent, and a receiver takes it")
@Outcome(id = "true, true, false", expect = ACCEPTABLE_INTERESTING, desc = "sent, but marked as consumed")
@Outcome(id = "false, false, false", expect = ACCEPTABLE, desc = "dead")
@Outcome(expect = FORBIDDEN, desc = "both, or neither")
@State
public class CommitAgainstRepair {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);
    private final Repair repair = new Repair(receiver.chain);
    private final Slot dead = new Slot(memory, sender.slot.index());
    private final int offset;

    public CommitAgainstRepair() {
        offset = sender.claim(8);
        sender.appender.describe(offset, 1, ClaimWord.AVAILABLE);
    }

    @Actor
    public void sender(ZZZ_Result r) {
        r.r1 = sender.appender.commit(offset, 1);
    }

    @Actor
    public void repair() {
        repair.settle(dead, sender.clientId);
    }

    @Arbiter
    public void atRest(ZZZ_Result r) {
        r.r2 = receiver.cursor.look() == Cursor.MESSAGE;
        r.r3 = r.r2 && receiver.cursor.take();
    }
}
