package dev.msqd.client.control;

import static dev.msqd.client.control.ControlDescriptor.DS_CBYTES_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_CGID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_CTIME_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_CUID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_DURABILITY_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_GID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_KEEP_SECONDS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_KEY_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_LRPID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_LSPID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_MODE_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_MSQID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_NAME_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_QBYTES_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_QNUM_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_RTIME_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_STIME_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.DS_UID_OFFSET;

import dev.msqd.client.MsqidDs;

/** A queue's state as STAT and LIST carry it. */
public final class MsqidDsCodec {
    private MsqidDsCodec() {}

    /** Writes at an offset; returns the length, at most {@link ControlDescriptor#DS_MAX_LENGTH}. */
    public static int encode(MsqidDs ds, Packet packet, int offset) {
        packet.putInt(offset + DS_MSQID_OFFSET, ds.msqid());
        packet.putInt(offset + DS_KEY_OFFSET, ds.key());
        packet.putInt(offset + DS_UID_OFFSET, ds.uid());
        packet.putInt(offset + DS_GID_OFFSET, ds.gid());
        packet.putInt(offset + DS_CUID_OFFSET, ds.cuid());
        packet.putInt(offset + DS_CGID_OFFSET, ds.cgid());
        packet.putInt(offset + DS_MODE_OFFSET, ds.mode());
        packet.putInt(offset + DS_LSPID_OFFSET, ds.lspid());
        packet.putInt(offset + DS_LRPID_OFFSET, ds.lrpid());
        packet.putLong(offset + DS_CBYTES_OFFSET, ds.cbytes());
        packet.putLong(offset + DS_QNUM_OFFSET, ds.qnum());
        packet.putLong(offset + DS_QBYTES_OFFSET, ds.qbytes());
        packet.putLong(offset + DS_STIME_OFFSET, ds.stimeSeconds());
        packet.putLong(offset + DS_RTIME_OFFSET, ds.rtimeSeconds());
        packet.putLong(offset + DS_CTIME_OFFSET, ds.ctimeSeconds());
        packet.putInt(offset + DS_DURABILITY_OFFSET, ds.durability().code());
        packet.putRetention(offset + DS_KEEP_SECONDS_OFFSET, ds.retention());
        int end = packet.putText(offset + DS_NAME_OFFSET, ds.name());
        return packet.putText(end, ds.fault()) - offset;
    }

    /** Reads what {@link #encode} wrote. */
    public static MsqidDs decode(Packet packet, int offset) {
        int fault = packet.endOfText(offset + DS_NAME_OFFSET);
        return new MsqidDs(
            packet.getInt(offset + DS_MSQID_OFFSET),
            packet.getInt(offset + DS_KEY_OFFSET),
            packet.getText(offset + DS_NAME_OFFSET),
            packet.getInt(offset + DS_UID_OFFSET),
            packet.getInt(offset + DS_GID_OFFSET),
            packet.getInt(offset + DS_CUID_OFFSET),
            packet.getInt(offset + DS_CGID_OFFSET),
            packet.getInt(offset + DS_MODE_OFFSET),
            packet.getLong(offset + DS_CBYTES_OFFSET),
            packet.getLong(offset + DS_QNUM_OFFSET),
            packet.getLong(offset + DS_QBYTES_OFFSET),
            packet.getInt(offset + DS_LSPID_OFFSET),
            packet.getInt(offset + DS_LRPID_OFFSET),
            packet.getLong(offset + DS_STIME_OFFSET),
            packet.getLong(offset + DS_RTIME_OFFSET),
            packet.getLong(offset + DS_CTIME_OFFSET),
            packet.getDurability(offset + DS_DURABILITY_OFFSET),
            packet.getRetention(offset + DS_KEEP_SECONDS_OFFSET),
            packet.getText(fault));
    }

    /** Length that {@link #decode} read at an offset. */
    public static int length(Packet packet, int offset) {
        return packet.endOfText(packet.endOfText(offset + DS_NAME_OFFSET)) - offset;
    }
}
