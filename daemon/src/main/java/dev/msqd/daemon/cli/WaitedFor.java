package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueWaiters;
import dev.msqd.client.Waiter;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.daemon.StoredWaiters;

/**
 * A queue that somebody waits on: what may stand in the way.
 *
 * @param name     empty for none
 * @param cbytes   bytes queued; {@link #UNKNOWN} without a daemon
 * @param qnum     messages queued; likewise
 * @param qbytes   the limit of both
 * @param messages on all queues together; likewise
 * @param msgtql   the limit of that, 0 for none; likewise
 * @param logErrno what keeps the log from being written, or 0
 * @param logAgeNs how long ago the log was up to date, nanoseconds; likewise
 */
record WaitedFor(int msqid, String name, long cbytes, long qnum, long qbytes, long messages, long msgtql, int logErrno,
    long logAgeNs) {
    static final long UNKNOWN = -1;

    static WaitedFor of(MsqidDs queue, QueueWaiters waiters, SystemInfo info) {
        return new WaitedFor(queue.msqid(), queue.name(), queue.cbytes(), queue.qnum(), queue.qbytes(),
            info.messages(), info.limits().msgtql(), waiters.logErrno(), waiters.logAgeNs());
    }

    static WaitedFor of(StoredWaiters stored) {
        return new WaitedFor(stored.queue().msqid(), stored.queue().name(), UNKNOWN, UNKNOWN, stored.qbytes(), UNKNOWN,
            UNKNOWN, stored.logErrno(), UNKNOWN);
    }

    /** What stands in a waiter's way, in words. */
    String obstacle(Waiter waiter) {
        return switch (waiter.reason()) {
            case MESSAGE -> qnum == UNKNOWN ? "no such message"
                : qnum == 0 ? "the queue is empty" : "no such message among the " + qnum + " queued";
            case ROOM -> room(waiter.bytes());
            case MSGTQL -> messages == UNKNOWN ? "msgtql" : "msgtql: " + messages + " of " + msgtql + " on all queues";
            case LOG -> logAgeNs == UNKNOWN ? "log.max.lag: no daemon writes the log"
                : "log.max.lag: the log is " + WaiterTable.duration(logAgeNs) + " old" + fault();
            case SEND_ON_DISK, END_ON_DISK -> logAgeNs == UNKNOWN ? "no daemon writes the log" : "the disk" + fault();
        };
    }

    private String room(long bytes) {
        if (bytes > qbytes) {
            return "msg_qbytes: " + qbytes + ", less than the message";
        }
        return cbytes == UNKNOWN ? "msg_qbytes: " + qbytes
            : "msg_qbytes: " + cbytes + " bytes of " + qbytes + ", " + Progress.messages(qnum);
    }

    private String fault() {
        return logErrno == 0 ? "" : " (" + Errno.name(logErrno) + ")";
    }
}
