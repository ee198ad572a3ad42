package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** As {@link ArmAgainstCommit}, with two who arm at once: each of them sees the message, or is seen. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both saw it or were seen")
@Outcome(expect = FORBIDDEN, desc = "a message that nobody tells a sleeper of")
@State
public class TwoArmAgainstCommit {
    private final QueueMemory memory = QueueRing.next();
    private final Party sender = new Party(memory, 1);
    private final Party[] receivers = {new Party(memory, 2), new Party(memory, 3)};
    private final boolean[] saw = new boolean[2];
    private final boolean[] seen = new boolean[2];
    private final int offset;

    public TwoArmAgainstCommit() {
        sender.send(0, 8);
        for (Party receiver : receivers) {
            receiver.cursor.look();
            receiver.cursor.step();
        }
        offset = sender.claim(8);
        sender.appender.describe(offset, 1, ClaimWord.AVAILABLE);
    }

    private void arm(int which) {
        ArmedSlots.receivers(memory).set(receivers[which].slot.index());
        saw[which] = receivers[which].cursor.look() == Cursor.MESSAGE;
    }

    @Actor
    public void first() {
        arm(0);
    }

    @Actor
    public void second() {
        arm(1);
    }

    @Actor
    public void sender() {
        ArmedSlots armed = ArmedSlots.receivers(memory);
        sender.appender.commit(offset, 1);
        if (!armed.isEmptyAfterPublishing()) {
            for (int which = 0; which < 2; which++) {
                int slot = receivers[which].slot.index();
                seen[which] = armed.next(slot) == slot;
            }
        }
    }

    @Arbiter
    public void each(ZZ_Result r) {
        r.r1 = saw[0] || seen[0];
        r.r2 = saw[1] || seen[1];
    }
}
