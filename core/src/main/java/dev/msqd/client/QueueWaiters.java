package dev.msqd.client;

import java.util.List;

/**
 * Who is asleep on a queue.
 *
 * @param waiters   those who came first at the front, as far as there is a line
 * @param logErrno  what keeps the queue's log from being written, or 0
 * @param logAgeNs  how long ago the daemon last had all on disk that was due, nanoseconds
 */
public record QueueWaiters(List<Waiter> waiters, int logErrno, long logAgeNs) {}
