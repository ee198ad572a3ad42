package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import dev.msqd.queue.QueueKeeper;
import dev.msqd.queue.SystemLimits;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits as they are now, and the number of messages that msgtql limits (R75 .. R78). One thread at a time.
 *
 * <p>Clients keep that number themselves. It is counted here when it may be wrong: after a start, a death, a removal, and now and then.
 */
final class SystemWide implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemWide.class);
    private static final long RECOUNT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final SystemLimits system;
    private Limits limits;
    private boolean doubtful = true;
    private boolean boundOnly;
    private long lastCountNs;

    SystemWide(SystemLimits system, Limits limits) {
        this.system = system;
        this.limits = limits;
        system.set(limits.msgmax(), limits.msgtql());
    }

    Limits limits() {
        return limits;
    }

    /** How long ago all was on disk that was due: nanoseconds. */
    long logAgeNs() {
        return system.logAgeNs();
    }

    /** What a client is handed: the limits, to be read, and the messages. They stay this object's. */
    int[] fds() {
        return new int[] {system.limitsFd(), system.messagesFd()};
    }

    /**
     * Changes limits; returns all.
     *
     * @throws ErrnoException EPERM, EINVAL: nothing is changed
     */
    Limits set(Credentials caller, LimitSettings settings) {
        checkMayChange(caller);
        Limits changed = settings.appliedTo(limits);
        check(ConfigurationKey.MSGMAX, changed.msgmax());
        check(ConfigurationKey.MSGMNB, changed.msgmnb());
        check(ConfigurationKey.MSGMNI, changed.msgmni());
        check(ConfigurationKey.MSGTQL, changed.msgtql());
        LOG.info("{}, as user {} asked", changed, Integer.toUnsignedString(caller.uid()));
        limits = changed;
        system.set(changed.msgmax(), changed.msgtql());
        doubt();
        return changed;
    }

    /** @throws ErrnoException EPERM */
    void checkMayChange(Credentials caller) {
        if (!caller.has(Processes.CAP_SYS_RESOURCE) && caller.uid() != Processes.effectiveUid()) {
            throw new ErrnoException(Errno.EPERM, "limits are changed by the daemon's own user, "
                + Integer.toUnsignedString(Processes.effectiveUid()) + ", or with CAP_SYS_RESOURCE; this is user "
                + Integer.toUnsignedString(caller.uid()));
        }
    }

    /** Has everybody look again who waits for a message less: their queue may be gone. */
    void ring() {
        system.ring();
    }

    /** The number of messages may be wrong. */
    void doubt() {
        doubtful = true;
    }

    /** Counts if there is need to. While messages come and go it may not succeed: then it is tried again next time. */
    void count(Collection<ServedQueue> queues, Keepers keepers, long nowNs) {
        if (limits.msgtql() == 0 || !doubtful && nowNs - lastCountNs < RECOUNT_INTERVAL_NS) {
            return;
        }
        doubtful = true;
        boundOnly = false;
        long word = system.countWord();
        long messages = 0;
        for (ServedQueue queue : queues) {
            long inQueue = messages(queue, keepers);
            if (inQueue < 0) {
                return;
            }
            messages += inQueue;
        }
        if (system.correct(word, messages)) {
            doubtful = boundOnly;
            lastCountNs = nowNs;
        }
    }

    @Override
    public void close() {
        system.close();
    }

    /** -1 if that can't be told now. */
    private long messages(ServedQueue queue, Keepers keepers) {
        if (queue.described() != null) {
            return queue.described().qnum();
        }
        try {
            return queue.fault().isEmpty() ? keepers.use(queue, this::messages) : 0;
        } catch (ErrnoException e) {
            // Damaged, which whoever uses it is told; or it can't be opened at the moment.
            return e.errno() == Errno.EIO ? 0 : -1;
        }
    }

    private long messages(QueueKeeper keeper) {
        boundOnly |= keeper.isCounting();
        return keeper.messages();
    }

    private static void check(ConfigurationKey limit, long value) {
        if (!limit.allows(value)) {
            throw new ErrnoException(Errno.EINVAL,
                limit.key() + " " + value + " is not allowed; it is " + limit.allowed());
        }
    }
}
