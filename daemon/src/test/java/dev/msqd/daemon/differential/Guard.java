package dev.msqd.daemon.differential;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.SysV;

/**
 * Leaves out what System V does not order, by what is asleep at the moment, so that what is left has one outcome. Both systems
 * get the same steps. Left out are
 * <ul>
 * <li>a second sender asleep on a queue whose message may find room there one day: which of several that fit gets the room is a
 * race between those woken (R30, R31). It does not wait. SleepContract has several: freedSpaceWakesEverySenderThatFits,
 * senderThatFitsByItselfMayFindTheSpaceTaken, growingTheQueueWakesTheSendersThatFit;
 * <li>IPC_SET to a limit that two sleeping senders would fit, for the same reason; or one, when receivers sleep, too: all wake,
 * and the sender may still find a receiver in the line that is about to learn that it has no right any more. PermissionContract's
 * takingPermissionWakesReceivers and sendersPermissionIsCheckedWhenItWakes have either;
 * <li>IPC_SET of a queue on which receivers sleep that may want the same message: all wake and line up again in any order (R53).
 * SleepContract's settingLetsReceiversSleepOn has one receiver, as there may be here;
 * <li>a call that would leave nobody awake: that actor does not wait.
 * </ul>
 * A queue that no variable holds could never be removed, so IPC_PRIVATE does not replace a queue that is there.
 */
final class Guard {
    private static final int MAX_WOKEN_SENDERS = 1;

    private Guard() {}

    /** The step to make, its amounts settled; or null to go on with the next. */
    static Step admit(Step step, Scene scene) {
        return switch (step) {
            case Step.Interrupt interrupt -> scene.isAsleep(interrupt.target()) ? interrupt : null;
            case Step.MoveLimit move -> move;
            case Step.Call call -> scene.isAsleep(call.actor()) ? null : admitSettled(call.settled(scene), scene);
        };
    }

    private static Step admitSettled(Step.Call call, Scene scene) {
        return switch (call) {
            case Step.Get get when get.isPrivate() && scene.queue(get.result()) != null -> null;
            case Step.Set set when hasRivalReceivers(set.queue(), scene) -> null;
            case Step.Set set when fittingSenders(set.queue(), set.qbytes().bytes(), scene)
                > (hasReceivers(set.queue(), scene) ? 0 : MAX_WOKEN_SENDERS) -> null;
            case Step.SleepyCall sleepy when sleepy.waits() && !mayWait(sleepy, scene) -> sleepy.withoutWaiting();
            default -> call;
        };
    }

    private static boolean mayWait(Step.SleepyCall call, Scene scene) {
        if (scene.awake() <= 1) {
            return false;
        }
        MsqidDs queue = scene.queue(call.queue());
        return !(call instanceof Step.Send send) || queue == null || !fits(send, queue.qbytes())
            || fittingSenders(call.queue(), queue.qbytes(), scene) < MAX_WOKEN_SENDERS;
    }

    /** Senders asleep on the queue whose message would fit an empty one of this limit. */
    private static int fittingSenders(QueueRef queue, long qbytes, Scene scene) {
        int senders = 0;
        for (Scene.Sleeping sleeping : scene.asleep()) {
            if (sleeping.msqid() == scene.msqid(queue) && sleeping.call() instanceof Step.Send send
                && fits(send, qbytes)) {
                senders++;
            }
        }
        return senders;
    }

    /** R21, in an empty queue. */
    private static boolean fits(Step.Send send, long qbytes) {
        return qbytes > 0 && send.size().bytes() <= qbytes;
    }

    private static boolean hasReceivers(QueueRef queue, Scene scene) {
        return scene.asleep().stream().anyMatch(
            sleeping -> sleeping.msqid() == scene.msqid(queue) && sleeping.call() instanceof Step.Receive);
    }

    /** Do two receivers sleep on the queue that may want the same message? */
    private static boolean hasRivalReceivers(QueueRef queue, Scene scene) {
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
