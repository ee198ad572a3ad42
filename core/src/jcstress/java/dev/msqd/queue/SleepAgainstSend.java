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
import org.openjdk.jcstress.infra.results.LL_Result;

/** A receiver goes to sleep while a message is sent: it finds the message, is handed it, or is woken to look again. */
@JCStressTest
@Outcome(id = {"done, ARMING", "done, NUDGED"}, expect = ACCEPTABLE, desc = "it found the message itself")
@Outcome(id = "asleep, HANDED", expect = ACCEPTABLE, desc = "it was handed the message in its sleep")
@Outcome(id = {"asleep, NUDGED", "awake, NUDGED"}, expect = ACCEPTABLE, desc = "it looks again")
@Outcome(expect = FORBIDDEN, desc = "asleep beside a message")
@State
public class SleepAgainstSend {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint receiver = Sleeper.endpoint(memory, 1);
    private final Endpoint sender = Sleeper.endpoint(memory, 2);
    private final Sleeper sleeper = new Sleeper(receiver);

    public SleepAgainstSend() {
        Sleeper.send(sender);
        Sleeper.receiveAll(receiver);
    }

    @Actor
    public void receiver(LL_Result r) {
        r.r1 = sleeper.receive();
    }

    @Actor
    public void sender() {
        Sleeper.send(sender);
    }

    @Arbiter
    public void atRest(LL_Result r) {
        r.r2 = sleeper.state();
    }
}
