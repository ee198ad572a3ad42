package dev.msqd.queue;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueRing;
import dev.msqd.log.Repair;
import dev.msqd.log.SegmentChain;
import dev.msqd.log.Slot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** A sleeping receiver whose process is stopped is taken out of the line while a message is sent (R56). */
@JCStressTest
@Outcome(id = "HANDED, 0", expect = ACCEPTABLE, desc = "handed over after the look at it; it goes back the next time")
@Outcome(id = "NUDGED, 1", expect = ACCEPTABLE, desc = "out of the line; the message is there for everybody")
@Outcome(expect = FORBIDDEN, desc = "still in the line, or the message is lost")
@State
public class HandOffAgainstDismiss {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint sender = Sleeper.endpoint(memory, 1);
    private final Sleeper sleeper = new Sleeper(Sleeper.endpoint(memory, 2));
    private final SegmentChain chain = new SegmentChain(memory);
    private final Slot keeper = chain.slots().acquire(3);
    private final Repair repair = new Repair(chain);

    public HandOffAgainstDismiss() {
        Sleeper.send(sender);
        Sleeper.receiveAll(sender);
        sleeper.armReceiver();
        sleeper.fallAsleep();
    }

    @Actor
    public void sender() {
        Sleeper.send(sender);
    }

    @Actor
    public void keeper() {
        repair.dismiss(keeper, client -> client == 2, slot -> {});
    }

    @Arbiter
    public void atRest(LI_Result r) {
        r.r1 = sleeper.state();
        r.r2 = Sleeper.receiveAll(sender);
    }
}
