package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.CGID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.CTIME_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.CUID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DIRECTORY_UUID_HIGH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DIRECTORY_UUID_LOW_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DURABILITY_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.EPOCH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.FORMAT_VERSION;
import static dev.msqd.daemon.RegistryDescriptor.FORMAT_VERSION_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.GID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.KEEP_BYTES_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.KEEP_SECONDS_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.KEY_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.LAST_MSQID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.LAST_SERIAL_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.MAGIC;
import static dev.msqd.daemon.RegistryDescriptor.MAGIC_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.MODE_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.MSQID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.NAME_LENGTH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.NAME_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.QBYTES_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.SEGMENT_LENGTH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.SERIAL_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.STATE_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.UID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.UUID_HIGH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.UUID_LOW_OFFSET;

import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Writes and reads the registry's copies, see {@link RegistryDescriptor}. */
final class RegistryCodec {
    private RegistryCodec() {}

    /** The header that follows one with this counter. */
    static ByteBuffer header(long counter, RegistryFile.Header header) {
        ByteBuffer copy = CopyPair.successor(counter);
        copy.putLong(MAGIC_OFFSET, MAGIC);
        copy.putInt(FORMAT_VERSION_OFFSET, FORMAT_VERSION);
        copy.putLong(DIRECTORY_UUID_HIGH_OFFSET, header.directoryId().getMostSignificantBits());
        copy.putLong(DIRECTORY_UUID_LOW_OFFSET, header.directoryId().getLeastSignificantBits());
        copy.putLong(EPOCH_OFFSET, header.epoch());
        copy.putLong(LAST_SERIAL_OFFSET, header.lastSerial());
        copy.putInt(LAST_MSQID_OFFSET, header.lastMsqid());
        CopyPair.seal(copy);
        return copy;
    }

    /** Fills a copy whose counter is in place; it is not sealed. */
    static void encode(RegistryEntry entry, int state, ByteBuffer copy) {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        copy.putInt(STATE_OFFSET, state);
        copy.putInt(MSQID_OFFSET, entry.msqid());
        copy.putInt(KEY_OFFSET, entry.key());
        copy.putInt(UID_OFFSET, entry.uid());
        copy.putInt(GID_OFFSET, entry.gid());
        copy.putInt(CUID_OFFSET, entry.cuid());
        copy.putInt(CGID_OFFSET, entry.cgid());
        copy.putInt(MODE_OFFSET, entry.mode());
        copy.putInt(SEGMENT_LENGTH_OFFSET, entry.segmentLength());
        copy.putInt(DURABILITY_OFFSET, entry.durability().code());
        copy.putLong(KEEP_SECONDS_OFFSET, entry.retention().seconds());
        copy.putLong(KEEP_BYTES_OFFSET, entry.retention().bytes());
        copy.putLong(QBYTES_OFFSET, entry.qbytes());
        copy.putLong(CTIME_OFFSET, entry.ctimeSeconds());
        copy.putLong(SERIAL_OFFSET, entry.serial());
        copy.putLong(UUID_HIGH_OFFSET, entry.uuid().getMostSignificantBits());
        copy.putLong(UUID_LOW_OFFSET, entry.uuid().getLeastSignificantBits());
        copy.putInt(NAME_LENGTH_OFFSET, name.length);
        copy.put(NAME_OFFSET, name);
    }

    /** Reads a copy that holds, of a queue that lives or was removed. */
    static RegistryEntry decode(ByteBuffer copy) {
        byte[] name = new byte[copy.getInt(NAME_LENGTH_OFFSET)];
        copy.get(NAME_OFFSET, name);
        return new RegistryEntry(
            copy.getInt(MSQID_OFFSET),
            copy.getInt(KEY_OFFSET),
            new String(name, StandardCharsets.UTF_8),
            copy.getInt(UID_OFFSET),
            copy.getInt(GID_OFFSET),
            copy.getInt(CUID_OFFSET),
            copy.getInt(CGID_OFFSET),
            copy.getInt(MODE_OFFSET),
            copy.getLong(QBYTES_OFFSET),
            copy.getLong(CTIME_OFFSET),
            copy.getLong(SERIAL_OFFSET),
            new UUID(copy.getLong(UUID_HIGH_OFFSET), copy.getLong(UUID_LOW_OFFSET)),
            copy.getInt(SEGMENT_LENGTH_OFFSET),
            Durability.of(copy.getInt(DURABILITY_OFFSET)),
            new Retention(copy.getLong(KEEP_SECONDS_OFFSET), copy.getLong(KEEP_BYTES_OFFSET)));
    }
}
