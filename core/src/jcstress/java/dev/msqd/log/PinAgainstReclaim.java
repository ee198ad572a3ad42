package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.SlotDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIZ_Result;

/**
 * Somebody pins a segment while the reclaimer, which found all of it received, retires it: if he finds it linked after the
 * pin, the reclaimer finds the pin and leaves the memory as it is (invariant 10).
 */
@JCStressTest
@Outcome(id = "true, 0, true", expect = ACCEPTABLE, desc = "pinned in time")
@Outcome(id = "false, 1, false", expect = ACCEPTABLE, desc = "retired in time")
@Outcome(id = "false, 0, false", expect = ACCEPTABLE, desc = "each saw the other, and both kept off")
@Outcome(expect = FORBIDDEN, desc = "pinned, and used again")
@State
public class PinAgainstReclaim {
    private final QueueMemory memory = QueueRing.next();
    private final Party pinner = new Party(memory, 1);
    private final Party reclaimer = new Party(memory, 2);
    private final UnsafeBuffer segment;
    private final long link;

    public PinAgainstReclaim() {
        int offset = pinner.claim(HotQueue.LONGEST);
        pinner.appender.describe(offset, 1, ClaimWord.AVAILABLE);
        pinner.appender.commit(offset, 1);
        segment = pinner.appender.segment();
        link = pinner.chain.table().head();
        pinner.send(1, 8);
        reclaimer.takeNext();
        reclaimer.cursor.consume();
        reclaimer.cursor.release();
    }

    @Actor
    public void pinner(ZIZ_Result r) {
        r.r1 = pinner.chain.pin(pinner.slot, SlotDescriptor.CANDIDATE_PIN, link);
        r.r3 = r.r1 && segment.getLongVolatile(0) != 0;
    }

    @Actor
    public void reclaimer(ZIZ_Result r) {
        r.r2 = reclaimer.chain.reclaim(reclaimer.slot, reclaimer.clientId);
    }
}
