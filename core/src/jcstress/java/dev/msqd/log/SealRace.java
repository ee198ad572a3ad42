package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIL_Result;

/**
 * A segment has room for one short record more. A sender with a long one seals it and goes on in the next; one with a short
 * one may come before the seal or after it, and in the next segment before or after the long one.
 */
@JCStressTest
@Outcome(id = "0, 16320, true", expect = ACCEPTABLE, desc = "before the seal")
@Outcome(id = {"0, 128, false", "64, 0, false"}, expect = ACCEPTABLE, desc = "both in the next segment")
@Outcome(expect = FORBIDDEN, desc = "the same record, beyond the segment's end, or two next segments")
@State
public class SealRace {
    private static final int ROOM = RecordDescriptor.ALIGNMENT;

    private final QueueMemory memory = QueueRing.next();
    private final Party one = new Party(memory, 1);
    private final Party other = new Party(memory, 2);

    public SealRace() {
        int offset = one.claim(HotQueue.LONGEST - ROOM);
        one.appender.describe(offset, 1, ClaimWord.AVAILABLE);
        one.appender.commit(offset, 1);
        other.appender.live();
    }

    @Actor
    public void withLong(IIL_Result r) {
        r.r1 = one.appender.claim(72, HotQueue.NO_LIMIT);
    }

    @Actor
    public void withShort(IIL_Result r) {
        r.r2 = other.appender.claim(8, HotQueue.NO_LIMIT);
    }

    @Arbiter
    public void atRest(IIL_Result r) {
        long first = one.chain.table().numberAt(one.appender.place());
        long second = one.chain.table().numberAt(other.appender.place());
        boolean known = first == 2 && (second == 1 || one.appender.place() == other.appender.place());
        r.r3 = known ? second == 1 : "segments " + first + " and " + second;
    }
}
