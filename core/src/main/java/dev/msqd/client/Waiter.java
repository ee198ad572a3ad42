package dev.msqd.client;

/**
 * A thread that is asleep in msgsnd or msgrcv.
 *
 * @param pid      its process, as the daemon sees it, or the one for which it calls (msqd run); 0 if that is in a pid namespace that the daemon does not see
 * @param uid      the effective uid of the process, when it connected or, if it calls for another, of that now
 * @param process  the name of its program, at most 15 bytes; empty when it can't be seen
 * @param stopped  whether the process is stopped (SIGSTOP): then it holds no place in the line for long (R56)
 * @param reason   what it waits for
 * @param asleepNs for how long it has, nanoseconds
 * @param msgtyp   what it wants, as msgrcv's argument says it; 0 unless it waits for a message
 * @param except   msgrcv's MSG_EXCEPT
 * @param bytes    of the message that it sends, if it waits for room; its room for one, if it waits for a message; else 0
 * @param ticket   those with lower tickets come first; 0 if it holds no place in the line
 */
public record Waiter(int pid, int uid, String process, boolean stopped, Reason reason, long asleepNs, long msgtyp,
    boolean except, long bytes, long ticket) {

    /** What a call waits for. */
    public enum Reason {
        /** msgrcv: a message that it wants. */
        MESSAGE,
        /** msgsnd: room in the queue's limit (msg_qbytes). */
        ROOM,
        /** msgsnd: a message less on all queues together (msgtql). */
        MSGTQL,
        /** msgsnd: that the log is written again (log.max.lag). */
        LOG,
        /** msgsnd: that its message, which is sent, is on disk. */
        SEND_ON_DISK,
        /** msgrcv: that the end of the message it took is on disk. */
        END_ON_DISK;

        /** Is it msgrcv that waits? */
        public boolean receives() {
            return this == MESSAGE || this == END_ON_DISK;
        }
    }
}
