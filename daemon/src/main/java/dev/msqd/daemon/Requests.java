package dev.msqd.daemon;

import static dev.msqd.client.control.ControlDescriptor.BODY_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_MAX_LENGTH;
import static dev.msqd.client.control.ControlDescriptor.LIST_ALIGNMENT;
import static dev.msqd.client.control.ControlDescriptor.LIST_COUNT_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.LIST_ELEMENTS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.LIST_END;
import static dev.msqd.client.control.ControlDescriptor.LIST_NEXT_INDEX_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.MAX_LENGTH;
import static dev.msqd.client.control.ControlDescriptor.MSQID_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Waiter;
import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.MsqidDsCodec;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.Packet;
import dev.msqd.client.control.StatKind;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.client.control.WaiterCodec;
import org.agrona.BitUtil;

/** Reads the requests of welcomed clients and writes the replies. One thread at a time. */
final class Requests {
    private static final int[] NO_FDS = {};

    private final Queues queues;
    private final Waiters waiters;
    private final Counting counting;

    Requests(Queues queues, Waiters waiters, Counting counting) {
        this.queues = queues;
        this.waiters = waiters;
        this.counting = counting;
    }

    /**
     * Answers a request; the reply's body is written after its header.
     *
     * @return descriptors to go with the reply; they stay their queue's
     * @throws ErrnoException the reply is an error
     */
    int[] answer(int type, Client client, Credentials caller, Packet request, Packet reply) {
        switch (type) {
            case ControlDescriptor.GET -> reply.putInt(MSQID_OFFSET, get(caller, request));
            case ControlDescriptor.RESOLVE -> reply.putInt(MSQID_OFFSET,
                queues.resolve(request.getText(ControlDescriptor.RESOLVE_NAME_OFFSET)));
            case ControlDescriptor.ATTACH -> {
                return attach(client, caller, request, reply);
            }
            case ControlDescriptor.STAT -> stat(caller, request, reply);
            case ControlDescriptor.LIST -> list(request.getInt(ControlDescriptor.LIST_FIRST_INDEX_OFFSET), reply);
            case ControlDescriptor.SET -> queues.set(caller, request.getInt(MSQID_OFFSET), settings(request));
            case ControlDescriptor.REMOVE -> queues.remove(caller, request.getInt(MSQID_OFFSET));
            case ControlDescriptor.WAITERS -> waiters(request, reply);
            case ControlDescriptor.INFO -> info(reply);
            case ControlDescriptor.LIMITS_GET -> reply.putLimits(BODY_OFFSET, queues.limits());
            case ControlDescriptor.LIMITS_SET -> reply.putLimits(BODY_OFFSET, queues.limits(caller, limits(request)));
            case ControlDescriptor.NEXT_ID -> reply.putInt(MSQID_OFFSET, nextId(caller, request.getInt(MSQID_OFFSET)));
            case ControlDescriptor.COUNTERS -> {
                return counters(request.getInt(MSQID_OFFSET));
            }
            default -> throw new ErrnoException(Errno.EINVAL, "there is no " + ControlDescriptor.nameOf(type));
        }
        return NO_FDS;
    }

    private int nextId(Credentials caller, int msqid) {
        if (msqid < ControlDescriptor.NO_MSQID) {
            throw new ErrnoException(Errno.EINVAL, "no queue has the id " + msqid);
        }
        if (msqid != ControlDescriptor.NO_MSQID) {
            queues.chooseMsqid(caller, msqid);
        }
        return queues.chosenMsqid();
    }

    private int get(Credentials caller, Packet request) {
        int msgflg = request.getInt(ControlDescriptor.GET_MSGFLG_OFFSET);
        String name = request.getText(ControlDescriptor.GET_NAME_OFFSET);
        return name.isEmpty()
            ? queues.get(caller, request.getInt(ControlDescriptor.GET_KEY_OFFSET), msgflg, options(request))
            : queues.get(caller, name, msgflg, options(request));
    }

    private static QueueOptions options(Packet request) {
        QueueOptions options = QueueOptions.ofQbytes(request.getLong(ControlDescriptor.GET_QBYTES_OFFSET))
            .withRetention(request.getRetention(ControlDescriptor.GET_KEEP_SECONDS_OFFSET));
        return request.getInt(ControlDescriptor.GET_DURABILITY_OFFSET) == ControlDescriptor.DEFAULT_DURABILITY
            ? options
            : options.withDurability(request.getDurability(ControlDescriptor.GET_DURABILITY_OFFSET));
    }

    private int[] attach(Client client, Credentials caller, Packet request, Packet reply) {
        ServedQueue queue = queues.attach(caller, request.getInt(MSQID_OFFSET));
        client.attach(queue);
        reply.putInt(ControlDescriptor.ATTACH_RIGHTS_OFFSET, Queues.rights(caller, queue));
        return new int[] {queue.keeper().memory().fd()};
    }

    private int[] counters(int msqid) {
        if (msqid != ControlDescriptor.NO_MSQID) {
            counting.look(queues.opened(msqid));
        }
        return new int[] {counting.fd()};
    }

    private void stat(Credentials caller, Packet request, Packet reply) {
        int kind = request.getInt(ControlDescriptor.STAT_KIND_OFFSET);
        if (kind < 0 || kind >= StatKind.values().length) {
            throw new ErrnoException(Errno.EINVAL, "there is no kind " + kind + " of STAT");
        }
        MsqidDsCodec.encode(
            queues.stat(caller, request.getInt(MSQID_OFFSET), StatKind.values()[kind]), reply, BODY_OFFSET);
    }

    private void list(int first, Packet reply) {
        if (first < 0) {
            throw new ErrnoException(Errno.EINVAL, "there is no index " + first);
        }
        int offset = LIST_ELEMENTS_OFFSET;
        int count = 0;
        int index = queues.nextIndex(first);
        while (index >= 0 && offset + DS_MAX_LENGTH <= MAX_LENGTH) {
            offset += MsqidDsCodec.encode(queues.describe(index), reply, offset);
            offset = BitUtil.align(offset, LIST_ALIGNMENT);
            count++;
            index = queues.nextIndex(index + 1);
        }
        reply.putInt(LIST_NEXT_INDEX_OFFSET, index < 0 ? LIST_END : index);
        reply.putInt(LIST_COUNT_OFFSET, count);
    }

    private void waiters(Packet request, Packet reply) {
        int first = request.getInt(ControlDescriptor.WAITERS_FIRST_OFFSET);
        Queues.Asleep asleep = queues.asleep(request.getInt(MSQID_OFFSET));
        long nowNs = System.nanoTime();
        int end = asleep.sleepers().size();
        int next = Math.clamp(first, 0, end);
        int count = 0;
        int offset = ControlDescriptor.WAITERS_ELEMENTS_OFFSET;
        while (next < end && offset + ControlDescriptor.WAITER_MAX_LENGTH <= MAX_LENGTH) {
            Waiter waiter = waiters.waiter(asleep.sleepers().get(next), nowNs);
            offset = BitUtil.align(offset + WaiterCodec.encode(waiter, reply, offset), LIST_ALIGNMENT);
            next++;
            count++;
        }
        reply.putInt(ControlDescriptor.WAITERS_NEXT_OFFSET, next < end ? next : LIST_END);
        reply.putInt(ControlDescriptor.WAITERS_COUNT_OFFSET, count);
        reply.putInt(ControlDescriptor.WAITERS_LOG_ERRNO_OFFSET, asleep.logErrno());
        reply.putLong(ControlDescriptor.WAITERS_LOG_AGE_OFFSET, asleep.logAgeNs());
    }

    private static QueueSettings settings(Packet request) {
        int mask = request.getInt(ControlDescriptor.SET_MASK_OFFSET);
        QueueSettings settings = QueueSettings.none();
        if ((mask & ControlDescriptor.SET_UID) != 0) {
            settings = settings.withUid(request.getInt(ControlDescriptor.SET_UID_OFFSET));
        }
        if ((mask & ControlDescriptor.SET_GID) != 0) {
            settings = settings.withGid(request.getInt(ControlDescriptor.SET_GID_OFFSET));
        }
        if ((mask & ControlDescriptor.SET_MODE) != 0) {
            settings = settings.withMode(request.getInt(ControlDescriptor.SET_MODE_OFFSET));
        }
        if ((mask & ControlDescriptor.SET_QBYTES) != 0) {
            settings = settings.withQbytes(request.getLong(ControlDescriptor.SET_QBYTES_OFFSET));
        }
        if ((mask & ControlDescriptor.SET_DURABILITY) != 0) {
            settings = settings.withDurability(request.getDurability(ControlDescriptor.SET_DURABILITY_OFFSET));
        }
        if ((mask & ControlDescriptor.SET_RETENTION) != 0) {
            settings = settings.withRetention(request.getRetention(ControlDescriptor.SET_KEEP_SECONDS_OFFSET));
        }
        return settings;
    }

    private static LimitSettings limits(Packet request) {
        int mask = request.getInt(ControlDescriptor.LIMITS_SET_MASK_OFFSET);
        Limits limits = request.getLimits(ControlDescriptor.LIMITS_SET_LIMITS_OFFSET);
        LimitSettings settings = LimitSettings.none();
        if ((mask & ControlDescriptor.SET_MSGMAX) != 0) {
            settings = settings.withMsgmax(limits.msgmax());
        }
        if ((mask & ControlDescriptor.SET_MSGMNB) != 0) {
            settings = settings.withMsgmnb(limits.msgmnb());
        }
        if ((mask & ControlDescriptor.SET_MSGMNI) != 0) {
            settings = settings.withMsgmni(limits.msgmni());
        }
        if ((mask & ControlDescriptor.SET_MSGTQL) != 0) {
            settings = settings.withMsgtql(limits.msgtql());
        }
        return settings;
    }

    private void info(Packet reply) {
        SystemInfo info = queues.info();
        reply.putLimits(ControlDescriptor.INFO_LIMITS_OFFSET, info.limits());
        reply.putLong(ControlDescriptor.INFO_QUEUES_OFFSET, info.queues());
        reply.putLong(ControlDescriptor.INFO_MESSAGES_OFFSET, info.messages());
        reply.putLong(ControlDescriptor.INFO_BYTES_OFFSET, info.bytes());
        reply.putInt(ControlDescriptor.INFO_HIGHEST_INDEX_OFFSET, info.highestIndex());
    }
}
