package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIJ_Result;

/** Two senders begin an empty queue: there is one first segment, and each has a record in it. */
@JCStressTest
@Outcome(id = {"0, 64, 1", "64, 0, 1"}, expect = ACCEPTABLE, desc = "one after the other, in one segment")
@Outcome(expect = FORBIDDEN, desc = "the same record, or two first segments")
@State
public class FirstClaimRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    @Actor
    public void one(IIJ_Result r) {
        r.r1 = one.appender.claim(8, HotQueue.NO_LIMIT);
    }

    @Actor
    public void other(IIJ_Result r) {
        r.r2 = other.appender.claim(8, HotQueue.NO_LIMIT);
    }

    @Arbiter
    public void atRest(IIJ_Result r) {
        boolean same = one.appender.place() == other.appender.place();
        r.r3 = same ? one.chain.table().numberAt(one.appender.place()) : -1;
    }
}
