package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZJ_Result;

/**
 * Whenever the claim word says that a message was consumed, its receiver's slot says what its total is to be: a death at
 * that very moment is settled exactly. The observer settles as {@link Repair} does, and stores nothing.
 */
@JCStressTest
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "not consumed yet")
@Outcome(id = "true, 3221225473", expect = ACCEPTABLE, desc = "consumed, and counted with its 3 bytes")
@Outcome(expect = FORBIDDEN, desc = "consumed and not counted")
@State
public class ConsumeNoted {
    private final QueueMemory memory = QueueRing.next();
    private final Party receiver = new Party(memory, 1);
    private final Party other = new Party(memory, 2);
    private final Slot slot = new Slot(memory, receiver.slot.index());
    private final UnsafeBuffer segment;

    public ConsumeNoted() {
        other.send(0, 3);
        receiver.takeNext();
        segment = receiver.cursor.buffer();
    }

    @Actor
    public void receiver() {
        receiver.cursor.consume();
    }

    @Actor
    public void observer(ZJ_Result r) {
        r.r1 = ClaimWord.isConsumedBy(segment.getIntVolatile(RecordDescriptor.CLAIM_OFFSET), slot.tag());
        if (r.r1) {
            boolean pending = slot.pendingAddress() == 0;
            int noted = StateDescriptor.slotOffset(slot.index()) + SlotDescriptor.NEW_OFFSET;
            r.r2 = pending ? memory.wholeStateWords().getLong(noted) : slot.total();
        }
    }
}
