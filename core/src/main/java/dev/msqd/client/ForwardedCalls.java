package dev.msqd.client;

import dev.msqd.layout.TraceDescriptor;

/**
 * Calls that a thread makes for threads of other processes, as the trace tells of them: as theirs, with their arguments, and one for each
 * call, whatever was called of this API for it or refused before. One thread: it makes no other calls any more.
 */
public final class ForwardedCalls {
    private static final ThreadLocal<ForwardedCalls> OF_THREAD = new ThreadLocal<>();

    private CallTrace trace;
    private TracedThread caller;
    private long startNs;
    private long position;

    private ForwardedCalls() {}

    /** From now on the calling thread's calls are told of here alone. */
    public static ForwardedCalls ofThisThread() {
        ForwardedCalls calls = new ForwardedCalls();
        OF_THREAD.set(calls);
        return calls;
    }

    /** Null for a thread that makes its own calls. */
    static ForwardedCalls current() {
        return OF_THREAD.get();
    }

    /** A call of somebody's begins, which is to be made by this connection. */
    public void begin(Msqd msqd, TracedThread callingThread) {
        caller = callingThread;
        trace = msqd.trace().isOn() ? msqd.trace() : null;
        if (trace != null) {
            startNs = trace.now();
            position = 0;
        }
    }

    /** A message was sent or received for it. */
    void moved(long messagePosition) {
        position = messagePosition;
    }

    /**
     * The call that began is over. Without one, nothing is told.
     *
     * @param eventId     of {@link TraceDescriptor}
     * @param returnValue the result, or minus errno
     * @param msqid       the first argument; of msgget the key
     * @param flags       msgflg; of msgctl the command
     */
    public void end(int eventId, long returnValue, int msqid, int flags, long msgsz, long msgtyp) {
        if (trace != null) {
            trace.forwarded(eventId, startNs, returnValue, caller, msqid, flags, returnValue < 0 ? 0 : position, msgsz,
                msgtyp);
            trace = null;
        }
    }
}
