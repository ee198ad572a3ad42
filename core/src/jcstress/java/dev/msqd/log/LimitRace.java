package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two senders, and room for one message: one sends (R21, invariant 5). */
@JCStressTest
@Outcome(id = {"64, -1", "-1, 64"}, expect = ACCEPTABLE, desc = "one has the room")
@Outcome(expect = FORBIDDEN, desc = "more than the limit, or room that nobody gets")
@State
public class LimitRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public LimitRace() {
        one.send(0, 8);
        other.takeNext();
        other.cursor.consume();
        other.appender.live();
    }

    @Actor
    public void one(II_Result r) {
        r.r1 = one.appender.claim(8, 8);
    }

    @Actor
    public void other(II_Result r) {
        r.r2 = other.appender.claim(8, 8);
    }
}
