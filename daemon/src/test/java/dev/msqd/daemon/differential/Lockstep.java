package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Runs programs over the kernel and msqd, step by step, and compares. One driver thread, which made it. */
final class Lockstep implements AutoCloseable {
    /** Ids that the systems may be apart after a difference. */
    private static final int MAX_SKIPPED_IDS = 100_000;
    /** A few queues get indexes below this, in turn (R13). */
    private static final int CYCLE = 64;

    private final Cast cast;
    private final Side kernel;
    private final Side msqd;
    private final boolean ownKernel;
    private final Map<SystemLimit, Long> limits;
    private final ListedDifferences listed;
    private final Coverage coverage;
    private final Set<SystemLimit> moved = EnumSet.allOf(SystemLimit.class);
    private boolean mayBeApart = true;

    /**
     * @param limits    that hold when a program begins
     * @param manyUsers may threads become somebody else?
     * @param ownKernel is the IPC namespace the driver's own?
     */
    Lockstep(Subject kernel, Subject msqd, Map<SystemLimit, Long> limits, Cast cast, boolean manyUsers,
        boolean ownKernel, Coverage coverage) {
        this.cast = cast;
        // Where others have queues, too, keys that nobody uses.
        int firstKey = ownKernel ? 0 : new Random().nextInt();
        this.kernel = new Side(kernel, cast, manyUsers, ownKernel, firstKey);
        this.msqd = new Side(msqd, cast, manyUsers, ownKernel, firstKey);
        this.ownKernel = ownKernel;
        this.limits = limits;
        this.listed = new ListedDifferences(this.kernel.threads(), !ownKernel);
        this.coverage = coverage;
    }

    /** Runs a program, up to the first difference. */
    Run run(Program program) {
        Run run = new Run(program, cast);
        restoreLimits();
        if (ownKernel && mayBeApart) {
            alignIds();
            mayBeApart = false;
        }
        kernel.begin(program);
        msqd.begin(program);
        Scene scene = new Scene(kernel.variables(), program.actors().size());
        limits.forEach(scene::limit);
        coverage.addProgram();
        for (Step step : program.steps()) {
            Step admitted = Guard.admit(step, scene);
            if (admitted != null) {
                run.add(admitted);
                take(admitted, scene, run);
                if (run.hasDifference()) {
                    break;
                }
            }
        }
        run.differs(kernel.end());
        run.differs(msqd.end());
        mayBeApart |= run.hasDifference();
        return run;
    }

    @Override
    public void close() {
        kernel.close();
        msqd.close();
    }

    private void take(Step step, Scene scene, Run run) {
        coverage.addStep();
        switch (step) {
            case Step.MoveLimit move -> moveLimit(move, scene, run);
            case Step.Interrupt interrupt -> {
                kernel.interrupt(interrupt.target());
                msqd.interrupt(interrupt.target());
                settle(interrupt.target(), run);
            }
            case Step.Call call -> {
                kernel.begin(call);
                msqd.begin(call);
                settle(call.actor(), run);
                compareCall(call, false, scene, run);
            }
        }
        int woken = 0;
        for (Scene.Sleeping sleeping : scene.asleep()) {
            if (sleeping.call() != step) {
                compareCall(sleeping.call(), true, scene, run);
                woken += scene.isAsleep(sleeping.call().actor()) ? 0 : 1;
            }
        }
        if (woken > 0) {
            coverage.addWoken(woken);
        }
        compareQueues(scene, run);
    }

    private void moveLimit(Step.MoveLimit move, Scene scene, Run run) {
        moved.add(move.limit());
        Outcome ofKernel = kernel.limit(move.limit(), move.value());
        Outcome ofMsqd = msqd.limit(move.limit(), move.value());
        coverage.addEnd(move.limit().file(), false, ofKernel);
        if (!listed.alike(ofKernel, ofMsqd)) {
            run.differs(move.limit().file() + ": kernel " + ofKernel + ", msqd " + ofMsqd);
        } else if (!ofKernel.failed()) {
            scene.limit(move.limit(), move.value());
        }
    }

    private void settle(int actor, Run run) {
        run.differs(kernel.settle(actor));
        run.differs(msqd.settle(actor));
    }

    private void compareCall(Step.Call call, boolean wasAsleep, Scene scene, Run run) {
        int actor = call.actor();
        if (kernel.isIdle(actor) && msqd.isIdle(actor)) {
            scene.wake(actor);
            Outcome ofKernel = kernel.outcome(actor, call);
            Outcome ofMsqd = msqd.outcome(actor, call);
            coverage.addEnd(call.name(), wasAsleep, ofKernel);
            run.happened(actor, call, ofKernel.toString());
            if (!listed.alike(ofKernel, ofMsqd)) {
                run.differs("A" + actor + "'s " + call.name() + ": kernel " + ofKernel + ", msqd " + ofMsqd);
            }
        } else if (kernel.isIdle(actor) || msqd.isIdle(actor)) {
            run.differs("A" + actor + "'s " + call.name() + ": " + stateOf(kernel, call) + ", " + stateOf(msqd, call));
        } else if (!wasAsleep) {
            coverage.addSleep();
            run.happened(actor, call, "sleeps");
            scene.fallAsleep((Step.SleepyCall) call);
        }
    }

    private static String stateOf(Side side, Step.Call call) {
        return side.name() + " " + (side.isIdle(call.actor()) ? side.outcome(call.actor(), call) : "sleeps");
    }

    private void compareQueues(Scene scene, Run run) {
        List<MsqidDs> ofKernel = kernel.queues();
        List<MsqidDs> ofMsqd = msqd.queues();
        scene.queues(ofKernel);
        Map<Integer, MsqidDs> rest = new TreeMap<>();
        ofMsqd.forEach(ds -> rest.put(msqd.shown(ds).msqid(), msqd.shown(ds)));
        for (MsqidDs ds : ofKernel) {
            MsqidDs expected = kernel.shown(ds);
            MsqidDs actual = rest.remove(expected.msqid());
            if (!listed.alike(expected, actual)) {
                run.differs("queue " + expected.msqid() + ":\n      kernel " + expected + "\n      msqd   " + actual);
            }
        }
        if (!rest.isEmpty()) {
            run.differs("msqd alone has " + rest.values());
        }
    }

    private void restoreLimits() {
        for (SystemLimit limit : moved) {
            if (ownKernel) {
                require(kernel.limit(limit, limits.get(limit)));
            }
            require(msqd.limit(limit, limits.get(limit)));
        }
        moved.clear();
    }

    private static void require(Outcome moved) {
        if (moved.failed()) {
            throw new IllegalStateException("a limit cannot be set: " + moved);
        }
    }

    /** At first, and after a difference, one of them may have made more queues than the other: its next id is ahead. */
    private void alignIds() {
        int ofKernel = place(kernel.skipId());
        int ofMsqd = place(msqd.skipId());
        for (int skipped = 0; ofKernel != ofMsqd; skipped++) {
            if (skipped == MAX_SKIPPED_IDS) {
                throw new IllegalStateException("the next ids stay apart: " + ofKernel + " and " + ofMsqd);
            }
            if (ofKernel < ofMsqd) {
                ofKernel = place(kernel.skipId());
            } else {
                ofMsqd = place(msqd.skipId());
            }
        }
    }

    private static int place(int msqid) {
        return (msqid >> MsqidDs.INDEX_BITS) * CYCLE + (msqid & MsqidDs.INDEX_MASK);
    }
}
