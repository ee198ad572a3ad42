package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Somebody passes a record that is claimed and committed: he sees no record, one that is being written with its length and
 * its owner's tag (4096: slot 0, first generation), or the message with length and type; never some of each (invariant 1).
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not claimed yet")
@Outcome(id = "-40, 4096", expect = ACCEPTABLE, desc = "being written")
@Outcome(id = "40, 7", expect = ACCEPTABLE, desc = "committed")
@Outcome(expect = FORBIDDEN, desc = "a header that nobody stored")
@State
public class HeaderSeen {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final UnsafeBuffer segment;

    public HeaderSeen() {
        sender.send(0, 8);
        segment = sender.appender.segment();
    }

    @Actor
    public void sender() {
        int offset = sender.appender.claim(8, HotQueue.NO_LIMIT);
        sender.appender.describe(offset, 7, ClaimWord.AVAILABLE);
        sender.appender.commit(offset, 7);
    }

    @Actor
    public void passer(II_Result r) {
        long header = segment.getLongVolatile(40);
        r.r1 = RecordDescriptor.length(header);
        r.r2 = RecordDescriptor.type(header);
    }
}
