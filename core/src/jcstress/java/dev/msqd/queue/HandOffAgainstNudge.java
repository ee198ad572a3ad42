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
import org.openjdk.jcstress.infra.results.LI_Result;

/** A sleeping receiver is woken to look again while a message is sent: it has the message, or finds it then. */
@JCStressTest
@Outcome(id = "HANDED, 0", expect = ACCEPTABLE, desc = "it has the message, and nobody else")
@Outcome(id = "NUDGED, 1", expect = ACCEPTABLE, desc = "it looks again; the message is there")
@Outcome(expect = FORBIDDEN, desc = "it sleeps on, or the message is lost")
@State
public class HandOffAgainstNudge {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint sender = Sleeper.endpoint(memory, 1);
    private final Sleeper sleeper = new Sleeper(Sleeper.endpoint(memory, 2));

    public HandOffAgainstNudge() {
        sleeper.armReceiver();
        sleeper.fallAsleep();
    }

    @Actor
    public void nudger() {
        Waiters.nudge(sleeper.slot());
    }

    @Actor
    public void sender() {
        Sleeper.send(sender);
    }

    @Arbiter
    public void atRest(LI_Result r) {
        r.r1 = sleeper.state();
        r.r2 = Sleeper.receiveAll(sender);
    }
}
