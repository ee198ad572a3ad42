package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Two receivers take the same message: one has it (invariant 2). */
@JCStressTest
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one has it")
@Outcome(expect = FORBIDDEN, desc = "both or none")
@State
public class TakeRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public TakeRace() {
        one.send(0, 8);
        one.cursor.look();
        other.cursor.look();
    }

    @Actor
    public void one(ZZ_Result r) {
        r.r1 = one.cursor.take();
    }

    @Actor
    public void other(ZZ_Result r) {
        r.r2 = other.cursor.take();
    }
}
