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

/** A sender goes to sleep before a full queue while its message is consumed: it finds the room, or is woken to look again. */
@JCStressTest
@Outcome(id = {"done, WAITING", "done, NUDGED"}, expect = ACCEPTABLE, desc = "it found the room itself")
@Outcome(id = "asleep, NUDGED", expect = ACCEPTABLE, desc = "it looks again")
@Outcome(expect = FORBIDDEN, desc = "asleep with room for its message")
@State
public class SleepAgainstConsume {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint receiver;
    private final Sleeper sleeper;

    public SleepAgainstConsume() {
        memory.state().apply(0, 0, 0, 8, 0);
        receiver = Sleeper.endpoint(memory, 1);
        Endpoint sender = Sleeper.endpoint(memory, 2);
        sleeper = new Sleeper(sender);
        Sleeper.send(sender);
        Sleeper.take(receiver);
    }

    @Actor
    public void sender(LL_Result r) {
        r.r1 = sleeper.send();
    }

    @Actor
    public void receiver() {
        receiver.receiver().consume();
    }

    @Arbiter
    public void atRest(LL_Result r) {
        r.r2 = sleeper.state();
    }
}
