package dev.msqd.daemon.differential;

import dev.msqd.client.SysV;

/**
 * Leaves out what System V does not order, by what is asleep at the moment, so that what is left has one outcome. Both systems
 * get the same steps. Left out are
 * <ul>
 * <li>a second sender asleep on a queue: which of several that fit gets the room is a race between those woken (R30, R31). It
 * fails with EAGAIN instead. SleepContract has several: freedSpaceWakesEverySenderThatFits,
 * senderThatFitsByItselfMayFindTheSpaceTaken, growingTheQueueWakesTheSendersThatFit.
 * <li>IPC_SET of a queue on which receivers sleep that may want the same message: all wake and line up again in any order (R53).
 * SleepContract's settingLetsReceiversSleepOn has one receiver, as there may be here;
 * <li>a call that would leave nobody awake: that actor does not wait.
 * </ul>
 * A queue that no variable holds could never be removed, so IPC_PRIVATE does not replace a queue that is there.
 */
final class Guard {
    private Guard() {}

    /** The step to make, its amounts settled; or null to go on with the next. */
    static Step admit(Step step, Scene scene) {
        return switch (step) {
            case Step.Interrupt interrupt -> scene.isAsleep(interrupt.target()) ? interrupt : null;
            case Step.MoveLimit move -> move;
            case Step.Call call when scene.isAsleep(call.actor()) -> null;
            case Step.Get get when get.isPrivate()
                && scene.queue(new QueueRef(get.variable(), QueueRef.Kind.PRESENT)) != null -> null;
            case Step.Set set when hasRivals(set.queue(), scene) -> null;
            case Step.SleepyCall call when call.waits() && !mayWait(call, scene) -> call.withoutWaiting().settled(scene);
            case Step.Call call -> call.settled(scene);
        };
    }

    private static boolean mayWait(Step.SleepyCall call, Scene scene) {
        if (scene.awake() <= 1) {
            return false;
        }
        if (call instanceof Step.Send) {
            for (Scene.Sleeping other : scene.asleep()) {
                if (other.call() instanceof Step.Send && other.msqid() == scene.msqid(call.queue())) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Do two receivers sleep on the queue that may want the same message? */
    private static boolean hasRivals(QueueRef queue, Scene scene) {
        for (Scene.Sleeping one : scene.asleep()) {
            for (Scene.Sleeping other : scene.asleep()) {
                if (one != other && one.msqid() == scene.msqid(queue) && other.msqid() == one.msqid()
                    && one.call() instanceof Step.Receive first && other.call() instanceof Step.Receive second
                    && !(wantsOneType(first) && wantsOneType(second) && first.msgtyp() != second.msgtyp())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean wantsOneType(Step.Receive receive) {
        return receive.msgtyp() > 0 && (receive.msgflg() & SysV.MSG_EXCEPT) == 0;
    }
}
