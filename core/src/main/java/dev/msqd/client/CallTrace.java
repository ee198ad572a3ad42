package dev.msqd.client;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.layout.TraceDescriptor;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.agrona.concurrent.SystemEpochNanoClock;

/**
 * Tells the daemon of a connection's calls while somebody traces. Any thread. Whatever goes wrong with that, the calls don't notice: an
 * event that can't be told is lost.
 *
 * <p>An event is written when its call returns, and bears the time at which it began, as Tracee's do.
 */
final class CallTrace implements AutoCloseable {
    /** Return value of a call that failed with something that has no errno: a handler, a buffer that is too short. */
    static final long FAILED = -Errno.EFAULT;

    private final SystemLimits system;
    private final int fd;
    private volatile TraceRing ring;
    private int failedSession;
    private boolean closed;

    /** @param fd of the trace ring; stays the caller's, and open until {@link #close} */
    CallTrace(SystemLimits system, int fd) {
        this.system = system;
        this.fd = fd;
    }

    /** One load. */
    boolean isOn() {
        return system.isTraced();
    }

    /** Nanoseconds since the epoch. */
    long now() {
        return SystemEpochNanoClock.INSTANCE.nanoTime();
    }

    /** @param position of the message; not looked at when nothing was sent */
    void sent(long startNs, long returnValue, int msqid, long position, long msgsz, int msgflg) {
        publish(TraceDescriptor.MSGSND, startNs, returnValue, msqid, msgflg, returnValue < 0 ? 0 : position, msgsz, 0);
    }

    /** @param position of the message; not looked at when nothing was received */
    void received(long startNs, long returnValue, int msqid, long position, long msgsz, long msgtyp, int msgflg) {
        publish(TraceDescriptor.MSGRCV, startNs, returnValue, msqid, msgflg, returnValue < 0 ? 0 : position, msgsz,
            msgtyp);
    }

    /** msgrcv by a selector. */
    void received(long startNs, long returnValue, int msqid, long position, long msgsz, Selector selector, int msgflg) {
        received(startNs, returnValue, msqid, position, msgsz, selector.msgtypArgument(),
            selector.isExcept() ? msgflg | SysV.MSG_EXCEPT : msgflg);
    }

    /** Makes a msgget and tells of it. */
    int get(int key, int msgflg, IntSupplier call) {
        if (!isOn()) {
            return call.getAsInt();
        }
        long startNs = now();
        long returnValue = FAILED;
        try {
            int msqid = call.getAsInt();
            returnValue = msqid;
            return msqid;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            publish(TraceDescriptor.MSGGET, startNs, returnValue, key, msgflg, 0, 0, 0);
        }
    }

    /** Makes a msgctl and tells of it. */
    <T> T control(int msqid, int cmd, Supplier<T> call, ToLongFunction<T> value) {
        if (!isOn()) {
            return call.get();
        }
        long startNs = now();
        long returnValue = FAILED;
        try {
            T result = call.get();
            returnValue = value.applyAsLong(result);
            return result;
        } catch (ErrnoException e) {
            returnValue = -e.errno();
            throw e;
        } finally {
            publish(TraceDescriptor.MSGCTL, startNs, returnValue, msqid, cmd, 0, 0, 0);
        }
    }

    /** Tells of a msgctl that did not begin. */
    void refused(int msqid, int cmd, ErrnoException refusal) {
        if (isOn()) {
            publish(TraceDescriptor.MSGCTL, now(), -refusal.errno(), msqid, cmd, 0, 0, 0);
        }
    }

    /** What is still told goes nowhere. */
    @Override
    public synchronized void close() {
        closed = true;
        if (ring != null) {
            ring.close();
        }
    }

    /** Tells of a call that was made for another process's thread. */
    void forwarded(int eventId, long startNs, long returnValue, TracedThread caller, int msqid, int flags, long pointer,
        long size, long msgtyp) {
        publish(eventId, startNs, returnValue, caller, msqid, flags, pointer, size, msgtyp, system.traceSession());
    }

    private void publish(int eventId, long startNs, long returnValue, int msqid, int flags, long pointer, long size,
        long msgtyp) {
        ForwardedCalls whole = ForwardedCalls.current();
        if (whole != null) {
            whole.moved(pointer);
            return;
        }
        int session = system.traceSession();
        publish(eventId, startNs, returnValue, TracedThread.current(session), msqid, flags, pointer, size, msgtyp,
            session);
    }

    private void publish(int eventId, long startNs, long returnValue, TracedThread caller, int msqid, int flags,
        long pointer, long size, long msgtyp, int session) {
        TraceRing into = ring == null ? open(session) : ring;
        if (into == null) {
            return;
        }
        try {
            into.publish(eventId, startNs, returnValue, caller, msqid, flags, pointer, size, msgtyp);
        } catch (RuntimeException | InternalError e) {
            // The ring was closed or damaged under this thread's hands. It is the call that counts.
        }
    }

    /** Null when there is no memory for it: then it is tried again in the next session. */
    private synchronized TraceRing open(int session) {
        if (ring == null && !closed && failedSession != session) {
            try {
                ring = TraceRing.open(fd);
            } catch (ErrnoException e) {
                failedSession = session;
            }
        }
        return ring;
    }
}
