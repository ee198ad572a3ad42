package dev.msqd.queue;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.log.Cursor;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueRing;
import dev.msqd.log.SegmentChain;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/** Two senders and one sleeping receiver: it is handed one message, the other is there for everybody (R48, R49). */
@JCStressTest
@Outcome(id = "HANDED, 1, true", expect = ACCEPTABLE, desc = "one handed over, one queued")
@Outcome(expect = FORBIDDEN, desc = "both handed over, one lost, or the wrong one taken")
@State
public class HandOffRace {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint one = Sleeper.endpoint(memory, 1);
    private final Endpoint other = Sleeper.endpoint(memory, 2);
    private final Endpoint receiver = Sleeper.endpoint(memory, 3);
    private final Sleeper sleeper = new Sleeper(receiver);

    public HandOffRace() {
        Sleeper.send(one);
        Sleeper.receiveAll(one);
        Sleeper.take(other);
        sleeper.armReceiver();
        sleeper.fallAsleep();
    }

    @Actor
    public void one() {
        Sleeper.send(one);
    }

    @Actor
    public void other() {
        Sleeper.send(other);
    }

    @Arbiter
    public void atRest(LIZ_Result r) {
        r.r1 = sleeper.state();
        r.r2 = Sleeper.receiveAll(one);
        Cursor cursor = new Cursor(new SegmentChain(memory), sleeper.slot(), 3);
        r.r3 = cursor.lookAtHanded(sleeper.slot().waiterWord()) == Cursor.MESSAGE && cursor.isTaken();
    }
}
