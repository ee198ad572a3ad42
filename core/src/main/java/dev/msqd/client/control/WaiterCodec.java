package dev.msqd.client.control;

import static dev.msqd.client.control.ControlDescriptor.WAITER_ASLEEP_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_BYTES_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_EXCEPT;
import static dev.msqd.client.control.ControlDescriptor.WAITER_FLAGS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_MSGTYP_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_PID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_PROCESS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_REASON_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_STOPPED;
import static dev.msqd.client.control.ControlDescriptor.WAITER_TICKET_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WAITER_UID_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Waiter;

/** Somebody who is asleep, as WAITERS carries it. */
public final class WaiterCodec {
    private static final Waiter.Reason[] REASONS = Waiter.Reason.values();

    private WaiterCodec() {}

    /** Writes at an offset; returns the length, at most {@link ControlDescriptor#WAITER_MAX_LENGTH}. */
    public static int encode(Waiter waiter, Packet packet, int offset) {
        packet.putInt(offset + WAITER_PID_OFFSET, waiter.pid());
        packet.putInt(offset + WAITER_UID_OFFSET, waiter.uid());
        packet.putInt(offset + WAITER_REASON_OFFSET, waiter.reason().ordinal());
        packet.putInt(offset + WAITER_FLAGS_OFFSET,
            (waiter.except() ? WAITER_EXCEPT : 0) | (waiter.stopped() ? WAITER_STOPPED : 0));
        packet.putLong(offset + WAITER_ASLEEP_OFFSET, waiter.asleepNs());
        packet.putLong(offset + WAITER_MSGTYP_OFFSET, waiter.msgtyp());
        packet.putLong(offset + WAITER_BYTES_OFFSET, waiter.bytes());
        packet.putLong(offset + WAITER_TICKET_OFFSET, waiter.ticket());
        return packet.putText(offset + WAITER_PROCESS_OFFSET, waiter.process()) - offset;
    }

    /** Reads what {@link #encode} wrote; EINVAL for what it can't have written. */
    public static Waiter decode(Packet packet, int offset) {
        int reason = packet.getInt(offset + WAITER_REASON_OFFSET);
        if (reason < 0 || reason >= REASONS.length) {
            throw new ErrnoException(Errno.EINVAL, "there is no reason " + reason + " to wait");
        }
        int flags = packet.getInt(offset + WAITER_FLAGS_OFFSET);
        return new Waiter(
            packet.getInt(offset + WAITER_PID_OFFSET),
            packet.getInt(offset + WAITER_UID_OFFSET),
            packet.getText(offset + WAITER_PROCESS_OFFSET),
            (flags & WAITER_STOPPED) != 0,
            REASONS[reason],
            packet.getLong(offset + WAITER_ASLEEP_OFFSET),
            packet.getLong(offset + WAITER_MSGTYP_OFFSET),
            (flags & WAITER_EXCEPT) != 0,
            packet.getLong(offset + WAITER_BYTES_OFFSET),
            packet.getLong(offset + WAITER_TICKET_OFFSET));
    }

    /** Length that {@link #decode} read at an offset. */
    public static int length(Packet packet, int offset) {
        return packet.endOfText(offset + WAITER_PROCESS_OFFSET) - offset;
    }
}
