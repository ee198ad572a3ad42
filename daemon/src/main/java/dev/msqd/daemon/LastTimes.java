package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.DurableDirectory;
import dev.msqd.log.QueueState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When queues were last used, and by whom, so that a reboot leaves that to be told: at a stop in good order exactly, else as it was
 * at most ten seconds before. An entry for each index of the registry, little endian:
 *
 * <pre>
 *  +---------------------------------------------------------------+
 *  |  Serial of the queue (see RegistryEntry)                      |
 *  +---------------------------------------------------------------+
 *  |  Last send: seconds &lt;&lt; 22 | process id                         |
 *  +---------------------------------------------------------------+
 *  |  Last receive, likewise                                       |
 *  +-------------------------------+-------------------------------+
 *  |  CRC32C of the above          |  unused                       |
 *  +-------------------------------+-------------------------------+
 * </pre>
 *
 * An entry that was torn is as none. One thread at a time; what fails is logged, and costs nothing but these times.
 */
final class LastTimes implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastTimes.class);
    private static final int SERIAL_OFFSET = 0;
    private static final int LAST_SEND_OFFSET = SERIAL_OFFSET + Long.BYTES;
    private static final int LAST_RECEIVE_OFFSET = LAST_SEND_OFFSET + Long.BYTES;
    static final int CRC_OFFSET = LAST_RECEIVE_OFFSET + Long.BYTES;
    static final int ENTRY_LENGTH = CRC_OFFSET + 2 * Integer.BYTES;

    private final Path file;
    private final FileChannel channel;
    private final ByteBuffer known = ByteBuffer.allocate(RegistryDescriptor.ENTRIES * ENTRY_LENGTH)
        .order(ByteOrder.LITTLE_ENDIAN);
    private boolean unsynced;

    private LastTimes(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** @throws ErrnoException EIO naming the file */
    static LastTimes open(Path file) {
        try {
            FileChannel channel = FileChannel.open(file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            DurableDirectory.sync(file.toAbsolutePath().getParent());
            LastTimes times = new LastTimes(file, channel);
            times.load();
            return times;
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot open " + file + ": " + e, e);
        }
    }

    /** As {@link QueueState#lastSend}; 0 if nothing is known. */
    long lastSend(RegistryEntry queue) {
        return isOf(queue) ? known.getLong(offset(queue) + LAST_SEND_OFFSET) : 0;
    }

    /** As {@link QueueState#lastReceive}; 0 if nothing is known. */
    long lastReceive(RegistryEntry queue) {
        return isOf(queue) ? known.getLong(offset(queue) + LAST_RECEIVE_OFFSET) : 0;
    }

    /** Notes what a queue's memory says. It is on disk after the next {@link #sync}. */
    void note(RegistryEntry queue, QueueState state) {
        long lastSend = state.lastSend();
        long lastReceive = state.lastReceive();
        if (lastSend == lastSend(queue) && lastReceive == lastReceive(queue)) {
            return;
        }
        int offset = offset(queue);
        known.putLong(offset + SERIAL_OFFSET, queue.serial());
        known.putLong(offset + LAST_SEND_OFFSET, lastSend);
        known.putLong(offset + LAST_RECEIVE_OFFSET, lastReceive);
        known.putInt(offset + CRC_OFFSET, crc(offset));
        try {
            channel.write(known.slice(offset, ENTRY_LENGTH), offset);
            unsynced = true;
        } catch (IOException e) {
            LOG.warn("cannot write {}: {}", file, e.toString());
        }
    }

    void sync() {
        if (unsynced) {
            unsynced = false;
            try {
                channel.force(false);
            } catch (IOException e) {
                LOG.warn("cannot write {}: {}", file, e.toString());
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("cannot close {}: {}", file, e.toString());
        }
    }

    private void load() throws IOException {
        int offset = 0;
        int count = 0;
        while (offset < known.capacity() && count >= 0) {
            count = channel.read(known.slice(offset, known.capacity() - offset), offset);
            offset += Math.max(count, 0);
        }
    }

    private boolean isOf(RegistryEntry queue) {
        int offset = offset(queue);
        return known.getLong(offset + SERIAL_OFFSET) == queue.serial()
            && known.getInt(offset + CRC_OFFSET) == crc(offset);
    }

    private int crc(int offset) {
        CRC32C crc = new CRC32C();
        crc.update(known.slice(offset, CRC_OFFSET));
        return (int) crc.getValue();
    }

    private static int offset(RegistryEntry queue) {
        return queue.index() * ENTRY_LENGTH;
    }
}
