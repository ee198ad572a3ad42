package dev.msqd.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Who publishes does not even look while the word says that nobody is armed: it must not say so once somebody has armed, whoever relaxes it. */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "those who publish look")
@Outcome(expect = FORBIDDEN, desc = "relaxed over somebody who sleeps")
@State
public class ArmAgainstRelax {
    private final QueueMemory memory = QueueRing.next();
    private final int slot = new Party(memory, 1).slot.index();
    private final ArmedSlots arming = ArmedSlots.receivers(memory);
    private final ArmedSlots relaxing = ArmedSlots.receivers(memory);

    public ArmAgainstRelax() {
        arming.set(slot);
        arming.clear(slot);
    }

    @Actor
    public void arm() {
        arming.set(slot);
    }

    @Actor
    public void relax() {
        relaxing.relax();
    }

    @Arbiter
    public void atRest(Z_Result r) {
        r.r1 = arming.isUnused();
    }
}
