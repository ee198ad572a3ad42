package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** A receiver gives its message back while another takes it: whoever comes first then, it is received once (invariant 3). */
@JCStressTest
@Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the other came after it was given back")
@Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the other came too early; it is there for the next")
@Outcome(expect = FORBIDDEN, desc = "received twice, lost, or counted wrongly")
@State
public class GiveBackAgainstTake {
    private final QueueMemory memory = QueueRing.next();
    private final Party holder = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public GiveBackAgainstTake() {
        holder.send(0, 8);
        holder.takeNext();
    }

    @Actor
    public void holder() {
        holder.cursor.giveBack();
    }

    @Actor
    public void other(ZZJ_Result r) {
        r.r1 = other.takeNext() && other.cursor.consume();
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        holder.cursor.rewind();
        r.r2 = holder.takeNext() && holder.cursor.consume();
        r.r3 = holder.appender.live();
    }
}
