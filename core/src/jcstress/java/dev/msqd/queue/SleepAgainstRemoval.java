package dev.msqd.queue;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.QueueRing;
import dev.msqd.log.SegmentChain;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A receiver goes to sleep while its queue is removed: it sees that, or is woken to see it (R54, invariant 12). */
@JCStressTest
@Outcome(id = {"removed, ARMING", "removed, NUDGED"}, expect = ACCEPTABLE, desc = "it saw the removal itself")
@Outcome(id = {"asleep, NUDGED", "awake, NUDGED"}, expect = ACCEPTABLE, desc = "it looks again")
@Outcome(expect = FORBIDDEN, desc = "asleep in a queue that is gone")
@State
public class SleepAgainstRemoval {
    private final QueueMemory memory = QueueRing.next();
    private final Endpoint receiver = Sleeper.endpoint(memory, 1);
    private final Sleeper sleeper = new Sleeper(receiver);
    private final Waiters waiters = new Waiters(memory, new SegmentChain(memory).slots());

    public SleepAgainstRemoval() {
        Sleeper.take(receiver);
    }

    @Actor
    public void receiver(LL_Result r) {
        try {
            r.r1 = sleeper.receive();
        } catch (ErrnoException e) {
            // The call that looks is not one that slept: to it the queue never was.
            r.r1 = e.errno() == Errno.EINVAL ? Sleeper.REMOVED : e.errnoName();
        }
    }

    /** As {@link QueueKeeper#markRemoved}; a keeper would take a slot. */
    @Actor
    public void keeper() {
        memory.state().markRemoved();
        waiters.nudgeAll();
    }

    @Arbiter
    public void atRest(LL_Result r) {
        r.r2 = sleeper.state();
    }
}
