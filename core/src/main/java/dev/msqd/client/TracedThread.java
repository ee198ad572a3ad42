package dev.msqd.client;

import dev.msqd.calls.Processes;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Who makes a call: what an event says of its thread and process.
 *
 * @param session   number of the trace session in which it was asked for, once a thread
 * @param forwarded whether the call is made for it by another process
 * @param nameLow  the first 8 bytes of the thread's name, the first one lowest
 * @param nameHigh the other 8
 */
public record TracedThread(int session, boolean forwarded, int id, int process, int parent, int user, long nameLow,
    long nameHigh) {
    private static final ThreadLocal<TracedThread> LAST = new ThreadLocal<>();

    /**
     * A thread of another process, for which calls are made.
     *
     * @param name {@link Processes#THREAD_NAME_LENGTH} bytes, the rest after the name zero
     */
    public static TracedThread ofOther(int id, int process, int parent, int user, byte[] name) {
        return of(0, true, id, process, parent, user, name);
    }

    /** The calling thread. A virtual one may have another carrier next time, so it is asked each time. */
    static TracedThread current(int session) {
        if (Thread.currentThread().isVirtual()) {
            return ask(session);
        }
        TracedThread last = LAST.get();
        if (last == null || last.session != session) {
            last = ask(session);
            LAST.set(last);
        }
        return last;
    }

    private static TracedThread ask(int session) {
        return of(session, false, Processes.threadId(), Processes.self(), Processes.parent(), Processes.effectiveUid(),
            Processes.threadName());
    }

    private static TracedThread of(int session, boolean forwarded, int id, int process, int parent, int user,
        byte[] name) {
        UnsafeBuffer bytes = new UnsafeBuffer(name);
        return new TracedThread(session, forwarded, id, process, parent, user,
            bytes.getLong(0, ByteOrder.LITTLE_ENDIAN), bytes.getLong(Long.BYTES, ByteOrder.LITTLE_ENDIAN));
    }
}
