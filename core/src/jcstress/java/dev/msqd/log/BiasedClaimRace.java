package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;

/**
 * The only sender claims without a locked operation while another comes, takes that right away and claims: each has a record of its
 * own, and both messages are there (invariants 1 and 2).
 */
@JCStressTest
@Outcome(id = {"0, 64, 2", "64, 0, 2"}, expect = ACCEPTABLE, desc = "one after the other")
@Outcome(expect = FORBIDDEN, desc = "both in one place, or a message lost")
@State
public class BiasedClaimRace {
    private final QueueMemory memory = QueueRing.next();
    private final Party owner = new Party(memory, 1);
    private final Party other = new Party(memory, 2);
    private final long before;

    public BiasedClaimRace() {
        owner.send(0, 8);
        other.appender.live();
        before = HotQueue.SHORTEST;
    }

    @Actor
    public void owner(JJJ_Result r) {
        r.r1 = send(owner) - before;
    }

    @Actor
    public void other(JJJ_Result r) {
        r.r2 = send(other) - before;
    }

    private static long send(Party party) {
        int offset = party.appender.claimUnseen(8, HotQueue.NO_LIMIT);
        party.appender.describe(offset, 1, dev.msqd.layout.ClaimWord.AVAILABLE);
        party.appender.commit(offset, 1, 8);
        return offset;
    }

    @Arbiter
    public void atRest(JJJ_Result r) {
        long messages = 0;
        other.receive();
        while (other.takeNext()) {
            messages += other.cursor.consume() ? 1 : 0;
            other.cursor.step();
        }
        r.r3 = messages;
    }
}
