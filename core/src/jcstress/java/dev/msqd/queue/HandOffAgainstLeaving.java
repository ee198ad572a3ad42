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
import org.openjdk.jcstress.infra.results.ZLI_Result;

/** A sleeping receiver leaves the line while a message is sent: it has left, or it has the message (R48, R49). */
@JCStressTest
@Outcome(id = "true, IDLE, 1", expect = ACCEPTABLE, desc = "it left; the message is there for everybody")
@Outcome(id = "false, HANDED, 0", expect = ACCEPTABLE, desc = "it has the message, and nobody else")
@Outcome(expect = FORBIDDEN, desc = "handed to one who left, or lost")
@State
public class HandOffAgainstLeaving {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint sender = Sleeper.endpoint(memory, 1);
    private final Sleeper sleeper = new Sleeper(Sleeper.endpoint(memory, 2));

    public HandOffAgainstLeaving() {
        sleeper.armReceiver();
        sleeper.fallAsleep();
    }

    @Actor
    public void receiver(ZLI_Result r) {
        r.r1 = sleeper.leave();
    }

    @Actor
    public void sender() {
        Sleeper.send(sender);
    }

    @Arbiter
    public void atRest(ZLI_Result r) {
        r.r2 = sleeper.state();
        r.r3 = Sleeper.receiveAll(sender);
    }
}
