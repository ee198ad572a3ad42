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
 * The only receiver consumes without a locked operation while another comes, takes that right away and takes the same message: one has
 * it (invariant 2), and it counts as received once (invariant 5).
 */
@JCStressTest
@Outcome(id = {"true, false, 0", "false, true, 0"}, expect = ACCEPTABLE, desc = "one has it")
@Outcome(expect = FORBIDDEN, desc = "both or none, or counted wrongly")
@State
public class BiasedReceiveRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party owner = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public BiasedReceiveRace() {
        other.send(0, 8);
        owner.cursor.look();
        other.cursor.look();
    }

    @Actor
    public void owner(ZZJ_Result r) {
        r.r1 = owner.cursor.receive();
    }

    @Actor
    public void other(ZZJ_Result r) {
        r.r2 = other.cursor.take() && other.cursor.consume();
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        r.r3 = other.appender.live();
    }
}
