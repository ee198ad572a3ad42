package dev.msqd.client.control;

import static dev.msqd.client.control.ControlDescriptor.ACT_FOR_CAPABILITIES_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.ACT_FOR_GID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.ACT_FOR_GROUPS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.ACT_FOR_GROUP_COUNT_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.ACT_FOR_UID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.MAX_GROUPS;
import static dev.msqd.client.control.ControlDescriptor.VERSION;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_CAPABILITIES_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_CLIENT_ID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_EPOCH_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_GID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_GROUPS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_GROUP_COUNT_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_LIMITS_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_PID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_UID_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_UUID_HIGH_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_UUID_LOW_OFFSET;
import static dev.msqd.client.control.ControlDescriptor.WELCOME_VERSION_OFFSET;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.PeerCredentials;
import java.util.UUID;

/** Who a client is, as the reply to HELLO and the request ACT_FOR carry it. */
public final class GreetingCodec {
    private GreetingCodec() {}

    /** Writes the reply to HELLO. */
    public static void encode(HelloReply hello, Packet packet) {
        packet.putInt(WELCOME_VERSION_OFFSET, VERSION);
        packet.putInt(WELCOME_CLIENT_ID_OFFSET, hello.clientId());
        packet.putLong(WELCOME_EPOCH_OFFSET, hello.epoch());
        packet.putLong(WELCOME_UUID_HIGH_OFFSET, hello.directoryId().getMostSignificantBits());
        packet.putLong(WELCOME_UUID_LOW_OFFSET, hello.directoryId().getLeastSignificantBits());
        packet.putLimits(WELCOME_LIMITS_OFFSET, hello.limits());
        packet.putLong(WELCOME_CAPABILITIES_OFFSET, hello.credentials().capabilities());
        packet.putInt(WELCOME_PID_OFFSET, hello.credentials().pid());
        packet.putInt(WELCOME_UID_OFFSET, hello.credentials().uid());
        packet.putInt(WELCOME_GID_OFFSET, hello.credentials().gid());
        putGroups(packet, WELCOME_GROUP_COUNT_OFFSET, WELCOME_GROUPS_OFFSET, hello.credentials());
    }

    /** Reads the reply to HELLO; EPROTO for what can't be one. */
    static HelloReply decode(Packet packet) {
        int groupCount = packet.getInt(WELCOME_GROUP_COUNT_OFFSET);
        if (groupCount < 0 || groupCount > MAX_GROUPS) {
            throw new ErrnoException(Errno.EPROTO, "the greeting names " + groupCount + " groups");
        }
        PeerCredentials self = new PeerCredentials(
            packet.getInt(WELCOME_PID_OFFSET),
            packet.getInt(WELCOME_UID_OFFSET),
            packet.getInt(WELCOME_GID_OFFSET),
            getGroups(packet, groupCount, WELCOME_GROUPS_OFFSET));
        return new HelloReply(
            packet.getInt(WELCOME_CLIENT_ID_OFFSET),
            packet.getLong(WELCOME_EPOCH_OFFSET),
            new UUID(packet.getLong(WELCOME_UUID_HIGH_OFFSET), packet.getLong(WELCOME_UUID_LOW_OFFSET)),
            packet.getLimits(WELCOME_LIMITS_OFFSET),
            new Credentials(self, packet.getLong(WELCOME_CAPABILITIES_OFFSET)));
    }

    /** Writes for whom a connection acts, all but its process id. */
    static void encodeActFor(Credentials other, Packet packet) {
        packet.putLong(ACT_FOR_CAPABILITIES_OFFSET, other.capabilities());
        packet.putInt(ACT_FOR_UID_OFFSET, other.uid());
        packet.putInt(ACT_FOR_GID_OFFSET, other.gid());
        putGroups(packet, ACT_FOR_GROUP_COUNT_OFFSET, ACT_FOR_GROUPS_OFFSET, other);
    }

    /**
     * Reads for whom a connection acts; EINVAL for what {@link #encodeActFor} can't have written.
     *
     * @param pid process id of who connected
     */
    public static Credentials decodeActFor(Packet packet, int pid) {
        int groupCount = packet.getInt(ACT_FOR_GROUP_COUNT_OFFSET);
        if (groupCount < 0 || groupCount > MAX_GROUPS) {
            throw new ErrnoException(Errno.EINVAL, "ACT_FOR names " + groupCount + " groups");
        }
        return new Credentials(
            new PeerCredentials(pid, packet.getInt(ACT_FOR_UID_OFFSET), packet.getInt(ACT_FOR_GID_OFFSET),
                getGroups(packet, groupCount, ACT_FOR_GROUPS_OFFSET)),
            packet.getLong(ACT_FOR_CAPABILITIES_OFFSET));
    }

    private static void putGroups(Packet packet, int countOffset, int offset, Credentials credentials) {
        int[] groups = credentials.peer().groups();
        packet.putInt(countOffset, groups.length);
        for (int i = 0; i < groups.length; i++) {
            packet.putInt(offset + i * Integer.BYTES, groups[i]);
        }
    }

    private static int[] getGroups(Packet packet, int count, int offset) {
        int[] groups = new int[count];
        for (int i = 0; i < count; i++) {
            groups[i] = packet.getInt(offset + i * Integer.BYTES);
        }
        return groups;
    }
}
