package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/**
 * A receiver consumes the message it took while a repair that takes it for dead puts the message back: it is received by
 * that receiver or by the next, never by both, and the totals agree (invariants 2, 3, 5). That no repair settles the living
 * is not relied upon here.
 */
@JCStressTest
@Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "consumed by the one who took it")
@Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "put back, and received by the next")
@Outcome(expect = FORBIDDEN, desc = "received twice, lost, or counted wrongly")
@State
public class ConsumeAgainstRepair {
    private final QueueMemory memory = QueueRing.next();
    private final Party next = new Party(memory, 1);
    private final Party taker = new Party(memory, 2);
    private final Repair repair = new Repair(next.chain);
    private final Slot dead = new Slot(memory, taker.slot.index());

    public ConsumeAgainstRepair() {
        next.send(0, 8);
        taker.takeNext();
    }

    @Actor
    public void taker(ZZJ_Result r) {
        r.r1 = taker.cursor.consume();
    }

    @Actor
    public void repair() {
        repair.settle(dead, taker.clientId);
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        r.r2 = next.takeNext() && next.cursor.consume();
        r.r3 = next.appender.live();
    }
}
