package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Two receivers look for a message, take and consume it: it is received once, and the totals say so (invariants 3, 5). */
@JCStressTest
@Outcome(id = {"true, false, 0", "false, true, 0"}, expect = ACCEPTABLE, desc = "received once, nothing is queued")
@Outcome(expect = FORBIDDEN, desc = "received twice, not at all, or counted wrongly")
@State
public class ReceiveRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public ReceiveRace() {
        one.send(0, 8);
    }

    @Actor
    public void one(ZZJ_Result r) {
        r.r1 = one.takeNext() && one.cursor.consume();
    }

    @Actor
    public void other(ZZJ_Result r) {
        r.r2 = other.takeNext() && other.cursor.consume();
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        r.r3 = one.appender.live();
    }
}
