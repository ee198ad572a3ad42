package dev.msqd.queue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.Durability;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueState;
import java.util.function.ToIntFunction;

/**
 * What the queue's rules mean for one endpoint: may it send, may it receive, how much fits. Judged again only when the
 * generation of the state page changed, so that a call costs one load. One owner thread.
 */
final class Rules {
    static final int NOTHING = 0;
    static final int READ = 4;
    static final int WRITE = 2;

    private final QueueState state;
    private final ToIntFunction<QueueState> judge;
    private long generation = -1;
    private int rights;
    /** The rights that a call needs no closer look for. */
    private int plainRights;
    private boolean removed;
    private long qbytes;
    private Durability durability = Durability.PROCESS;
    private int logFault;

    /**
     * @param judge which rights the endpoint's user has under the queue's present owner, group and mode (R4–R8), as bits:
     *              {@link #READ}, {@link #WRITE}
     */
    Rules(QueueState state, ToIntFunction<QueueState> judge) {
        this.state = state;
        this.judge = judge;
    }

    /**
     * At the beginning of a call.
     *
     * @throws ErrnoException EINVAL when the queue is gone (R15), EACCES
     */
    void checkCall(int needed) {
        refresh();
        check(needed, Errno.EINVAL);
    }

    /**
     * After a sleep.
     *
     * @throws ErrnoException EIDRM when the queue is gone (R25, R54), EACCES when the right was taken away (R29, R53)
     */
    void checkSleeper(int needed) {
        refresh();
        check(needed, Errno.EIDRM);
    }

    /** As of the last check. */
    boolean permit(int needed) {
        return (rights & needed) == needed;
    }

    long qbytes() {
        return qbytes;
    }

    /** Do messages go into a log on disk? As of the last check. */
    boolean isLogged() {
        return durability != Durability.PROCESS;
    }

    /** Does a call return only when what it did is on disk? As of the last check. */
    boolean isSync() {
        return durability == Durability.SYNC;
    }

    private void refresh() {
        long now = state.generation();
        if (now != generation) {
            removed = state.removed();
            qbytes = state.qbytes();
            durability = state.durability();
            logFault = state.logFault();
            rights = judge.applyAsInt(state);
            plainRights = removed || logFault != 0 && isLogged() ? NOTHING : rights;
            // What was read may be of a later generation than this one: then it is read again next time.
            generation = now;
        }
    }

    private void check(int needed, int errnoIfRemoved) {
        if ((plainRights & needed) != needed || needed == NOTHING) {
            checkCloser(needed, errnoIfRemoved);
        }
    }

    private void checkCloser(int needed, int errnoIfRemoved) {
        if (removed) {
            throw new ErrnoException(errnoIfRemoved, "queue " + state.msqid() + " was removed");
        }
        if (!permit(needed)) {
            throw new ErrnoException(Errno.EACCES, "queue " + state.msqid() + ": no permission to "
                + (needed == READ ? "read" : "write") + " (mode " + Integer.toOctalString(state.mode()) + ")");
        }
        if (logFault != 0 && isLogged()) {
            checkLog(state, needed == WRITE, isSync());
        }
    }

    /**
     * Sending fails while the log can't be written: what was sent would not be on disk in time. Receiving fails where it has to wait for the
     * log and even the ends of messages can't be written.
     *
     * @throws ErrnoException what keeps the log from being written
     */
    static void checkLog(QueueState state, boolean sends, boolean sync) {
        int fault = state.logFault();
        if (fault != 0 && (sends || sync && StateDescriptor.isFaultAlsoOfEnds(fault))) {
            int errno = StateDescriptor.faultErrno(fault);
            throw new ErrnoException(errno, "the log of queue " + state.msqid() + " cannot be written ("
                + Errno.text(errno) + "); the daemon goes on trying");
        }
    }
}
