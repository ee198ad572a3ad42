package dev.msqd.client;

import dev.msqd.calls.Processes;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Who makes a call: what an event says of its thread and process, asked for once a thread and trace session.
 *
 * @param session  number of the trace session in which it was asked for
 * @param nameLow  the first 8 bytes of the thread's name, the first one lowest
 * @param nameHigh the other 8
 */
record TracedThread(int session, int id, int process, int parent, int user, long nameLow, long nameHigh) {
    private static final ThreadLocal<TracedThread> LAST = new ThreadLocal<>();

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
        UnsafeBuffer name = new UnsafeBuffer(Processes.threadName());
        return new TracedThread(session, Processes.threadId(), Processes.self(), Processes.parent(),
            Processes.effectiveUid(), name.getLong(0, ByteOrder.LITTLE_ENDIAN),
            name.getLong(Long.BYTES, ByteOrder.LITTLE_ENDIAN));
    }
}
