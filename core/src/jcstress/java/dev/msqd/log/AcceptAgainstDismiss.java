package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.SlotDescriptor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/**
 * A stopped process goes on and accepts the message that was handed to it, while it is taken out of the line and the message
 * goes back to its place (R56): it is received by that receiver or by the next, once. The receiver does what its waiter word
 * asks for, in the order that the queue does it.
 */
@JCStressTest
@Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "accepted in time")
@Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "dismissed in time; it is there for the next")
@Outcome(expect = FORBIDDEN, desc = "received twice, lost, or counted wrongly")
@State
public class AcceptAgainstDismiss {
    private final QueueMemory memory = QueueRing.next();
    private final Party keeper = new Party(memory, 1);
    private final Party stopped = new Party(memory, 2);
    private final Repair repair = new Repair(keeper.chain);
    private final long word;
    private boolean refused;

    public AcceptAgainstDismiss() {
        int offset = keeper.claim(8);
        word = SlotDescriptor.handed(keeper.appender.address(offset));
        keeper.appender.describe(offset, 1, ClaimWord.taken(0, stopped.slot.tag()));
        stopped.slot.armWaiter(word);
        ArmedSlots.receivers(memory).set(stopped.slot.index());
        keeper.appender.commit(offset, 1);
    }

    @Actor
    public void stopped(ZZJ_Result r) {
        if (stopped.slot.waiterWord() == word) {
            int found = stopped.cursor.lookAtHanded(word);
            boolean accepted = stopped.slot.moveWaiter(word, SlotDescriptor.accepted(word)) && found == Cursor.MESSAGE
                && stopped.cursor.accept();
            // Who has accepted is never refused (invariant 3).
            r.r1 = accepted && stopped.cursor.consume();
            refused = accepted && !r.r1;
        }
    }

    @Actor
    public void keeper() {
        repair.dismiss(keeper.slot, client -> client == stopped.clientId, slot -> {});
    }

    @Arbiter
    public void atRest(ZZJ_Result r) {
        r.r2 = keeper.takeNext() && keeper.cursor.consume();
        r.r3 = refused ? -1 : keeper.appender.live();
    }
}
