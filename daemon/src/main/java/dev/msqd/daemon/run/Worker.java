package dev.msqd.daemon.run;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.ForwardedCalls;
import dev.msqd.layout.TraceDescriptor;
import dev.msqd.queue.Caller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that receives calls and carries them out, one after the other. When one of them is to sleep, it sleeps itself, and
 * lets another worker receive from then on ({@link Baton}).
 */
final class Worker implements Runnable, Caller {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final Supervisor supervisor;
    private final Listener listener;
    private final Notification call = new Notification();
    private final TargetMemory memory = new TargetMemory();
    private final TaskState state = new TaskState();
    private final QueueCalls queueCalls;
    private final SignalReturn signalReturn;

    // Of the call under way.
    private boolean receives;
    private Target target;
    private BlockedCall blocked;
    private ForwardedCalls traced;

    Worker(Supervisor supervisor, Listener listener) {
        this.supervisor = supervisor;
        this.listener = listener;
        this.queueCalls = new QueueCalls(listener, this, memory);
        this.signalReturn = new SignalReturn(listener, memory);
    }

    @Override
    public void run() {
        traced = ForwardedCalls.ofThisThread();
        while (true) {
            supervisor.baton().take();
            receives = true;
            while (receives) {
                if (!listener.receive(call)) {
                    return; // with the baton: there is nothing to receive for others either
                }
                serve();
            }
        }
    }

    private void serve() {
        int number = call.number();
        if (number == SystemCall.MSGSND || number == SystemCall.MSGRCV || number == SystemCall.MSGGET
            || number == SystemCall.MSGCTL) {
            long result = queueCall(number);
            tell(number, result);
            listener.reply(call, result);
            return;
        }
        try {
            if (SystemCall.changesRights(number)) {
                supervisor.targets().forget(call.tid(),
                    number == SystemCall.EXECVE || number == SystemCall.EXECVEAT);
            } else if (number == SystemCall.RT_SIGRETURN) {
                signalReturn.mend(call);
            } else if (supervisor.files().serve(call, memory, this)) {
                return;
            }
        } catch (RuntimeException e) {
            if (listener.isValid(call)) {
                LOG.warn("system call {} of thread {}: {}", number, call.tid(), e.toString());
            }
        }
        listener.proceed(call);
    }

    private long queueCall(int number) {
        try {
            target = supervisor.targets().of(call);
            QueueSystem.Connection connection = target.connection(supervisor.systems());
            supervisor.files().applyWritten();
            traced.begin(connection.msqd(), target.traced());
            if (number == SystemCall.MSGSND) {
                return queueCalls.msgsnd(call, connection);
            } else if (number == SystemCall.MSGRCV) {
                return queueCalls.msgrcv(call, connection);
            } else if (number == SystemCall.MSGGET) {
                return queueCalls.msgget(call, connection);
            }
            return queueCalls.msgctl(call, connection);
        } catch (ErrnoException e) {
            LOG.debug("system call {} of thread {}: {}", number, call.tid(), e.getMessage());
            return e.errno() == Errno.EINTR ? -Listener.ERESTARTNOHAND : -e.errno();
        } catch (RuntimeException e) {
            LOG.error("system call {} of thread {}", number, call.tid(), e);
            return -Errno.EIO;
        } finally {
            if (blocked != null) {
                supervisor.blockedCalls().remove(blocked);
                blocked.end();
                blocked = null;
            }
        }
    }

    /** To who traces; what waits for a signal's handler is interrupted. */
    private void tell(int number, long result) {
        long returnValue = result == -Listener.ERESTARTNOHAND ? -Errno.EINTR : result;
        if (number == SystemCall.MSGSND) {
            tell(TraceDescriptor.MSGSND, returnValue, call.intArgument(3), call.argument(2), 0);
        } else if (number == SystemCall.MSGRCV) {
            tell(TraceDescriptor.MSGRCV, returnValue, call.intArgument(4), call.argument(2), call.argument(3));
        } else {
            tell(number == SystemCall.MSGGET ? TraceDescriptor.MSGGET : TraceDescriptor.MSGCTL, returnValue,
                call.intArgument(1), 0, 0);
        }
    }

    private void tell(int eventId, long returnValue, int flags, long msgsz, long msgtyp) {
        traced.end(eventId, returnValue, call.intArgument(0), flags, msgsz, msgtyp);
    }

    /** What comes now may take a while: another worker receives. */
    void letOthersGo() {
        if (receives) {
            receives = false;
            supervisor.baton().pass();
        }
    }

    // ---- the caller, to the queue

    @Override
    public int pid() {
        return target.shownProcess();
    }

    @Override
    public int otherProcess() {
        return target.process();
    }

    /** R27: who sleeps looks for signals itself before it looks for room. */
    @Override
    public boolean interrupted() {
        return blocked != null && (Thread.interrupted() || state.wasSignalled(call.tid()));
    }

    @Override
    public void sleeps() {
        if (blocked == null) {
            blocked = new BlockedCall(call.tid());
            supervisor.blockedCalls().add(blocked);
        }
        letOthersGo();
    }

    /** As long as this one looks, nobody receives the call that it looks for. */
    @Override
    public boolean spins() {
        return false;
    }
}
