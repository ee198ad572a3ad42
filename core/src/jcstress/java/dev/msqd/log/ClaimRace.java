package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** Two senders claim the next record: each has one, whose header has its tag whole (invariant 1). */
@JCStressTest
@Outcome(id = {"64, 128, true", "128, 64, true"}, expect = ACCEPTABLE, desc = "one after the other")
@Outcome(expect = FORBIDDEN, desc = "the same record, or a header of somebody else")
@State
public class ClaimRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public ClaimRace() {
        one.send(0, 8);
        other.appender.live();
    }

    @Actor
    public void one(IIZ_Result r) {
        r.r1 = one.appender.claim(8, HotQueue.NO_LIMIT);
    }

    @Actor
    public void other(IIZ_Result r) {
        r.r2 = other.appender.claim(8, HotQueue.NO_LIMIT);
    }

    @Arbiter
    public void atRest(IIZ_Result r) {
        r.r3 = one.appender.isClaimed(r.r1) && other.appender.isClaimed(r.r2);
    }
}
