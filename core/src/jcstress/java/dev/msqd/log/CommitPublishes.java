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
import org.openjdk.jcstress.infra.results.JJJJ_Result;

/** Who finds a message finds all of it: the commit is a release of payload, mtype, total and claim word (invariant 1). */
@JCStressTest
@Outcome(id = "0, 0, 0, 0", expect = ACCEPTABLE, desc = "not committed yet")
@Outcome(id = "42, 1099511627776, 8589934593, 1", expect = ACCEPTABLE, desc = "the whole message")
@Outcome(expect = FORBIDDEN, desc = "a part of it")
@State
public class CommitPublishes {
    /** Only the mtype field holds it. */
    private static final long WIDE = 1L << 40;

    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party receiver = new Party(memory, 2);

    public CommitPublishes() {
        sender.send(0, 8);
        receiver.cursor.look();
        receiver.cursor.step();
    }

    @Actor
    public void sender() {
        int offset = sender.appender.claim(8, HotQueue.NO_LIMIT);
        sender.appender.segment().putLong(offset + RecordDescriptor.PAYLOAD_OFFSET, 42);
        sender.appender.describe(offset, WIDE, ClaimWord.AVAILABLE);
        sender.appender.commit(offset, WIDE);
    }

    @Actor
    public void receiver(JJJJ_Result r) {
        if (receiver.cursor.look() == Cursor.MESSAGE) {
            int offset = receiver.cursor.payloadOffset() - RecordDescriptor.HEADER_LENGTH;
            UnsafeBuffer segment = receiver.cursor.buffer();
            r.r1 = segment.getLong(offset + RecordDescriptor.PAYLOAD_OFFSET);
            r.r2 = receiver.cursor.mtype();
            r.r3 = segment.getLong(offset + RecordDescriptor.TOTAL_OFFSET);
            r.r4 = segment.getInt(offset + RecordDescriptor.CLAIM_OFFSET);
        }
    }
}
