package dev.msqd.queue;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueRing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A receiver looks while another gives a message back: it has it then, or the next time it looks (invariant 7). */
@JCStressTest
@Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "found at once, or the next time")
@Outcome(expect = FORBIDDEN, desc = "passed for good")
@State
public class GiveBackSeen {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint holder = Sleeper.endpoint(memory, 1);
    private final Endpoint receiver = Sleeper.endpoint(memory, 2);

    public GiveBackSeen() {
        Sleeper.send(holder);
        Sleeper.take(holder);
        Sleeper.take(receiver);
    }

    @Actor
    public void holder() {
        holder.receiver().giveBack();
    }

    @Actor
    public void receiver(ZZ_Result r) {
        r.r1 = Sleeper.take(receiver);
    }

    @Arbiter
    public void atRest(ZZ_Result r) {
        r.r2 = !r.r1 && Sleeper.take(receiver);
    }
}
