package dev.msqd.daemon;

import static dev.msqd.daemon.ClientTableDescriptor.CLIENT_ID_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.ENTRY_LENGTH;
import static dev.msqd.daemon.ClientTableDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.ClientTableDescriptor.LAST_CLIENT_ID_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.MAGIC;
import static dev.msqd.daemon.ClientTableDescriptor.MAGIC_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.MAX_ENTRIES;
import static dev.msqd.daemon.ClientTableDescriptor.PID_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.START_TIME_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.UID_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.VERSION;
import static dev.msqd.daemon.ClientTableDescriptor.VERSION_OFFSET;
import static dev.msqd.daemon.ClientTableDescriptor.entryOffset;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The clients that may hold something in the queues' memory, kept beside it: a killed daemon's successor reads here
 * whom to watch. One thread at a time. Nothing is synced: the table need not outlive the boot.
 */
final class ClientTable implements AutoCloseable {
    /**
     * A client.
     *
     * @param clientId  1 or more, never used twice in a boot
     * @param pid       process id, 0 if it is not visible in the daemon's pid namespace
     * @param uid       effective uid when it connected
     * @param startTime start of the process in clock ticks since boot: with the pid, its identity; 0 with pid 0
     */
    record Entry(int clientId, int pid, int uid, long startTime) {
        /** Whether this is the same process; for one that is not visible that cannot be told. */
        boolean sameProcess(int otherPid, int otherUid, long otherStartTime) {
            return pid == otherPid && uid == otherUid && startTime == otherStartTime;
        }
    }

    private final Path file;
    private final FileChannel channel;
    private final Map<Integer, Integer> places = new LinkedHashMap<>();
    private final Map<Integer, Entry> entries = new LinkedHashMap<>();
    private final BitSet taken = new BitSet();
    private int lastClientId;

    private ClientTable(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Makes an empty table.
     *
     * @throws ErrnoException ENOSPC or EIO naming the file
     */
    static void create(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
            channel.write(header(0), 0);
        } catch (IOException e) {
            throw failure("make", file, e);
        }
    }

    /**
     * Opens the table of this boot.
     *
     * @throws ErrnoException EIO naming the file: not a client table, another version, cut short
     */
    static ClientTable open(Path file) {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw failure("open", file, e);
        }
        ClientTable table = new ClientTable(file, channel);
        boolean loaded = false;
        try {
            table.load();
            loaded = true;
            return table;
        } catch (IOException e) {
            throw failure("read", file, e);
        } finally {
            if (!loaded) {
                table.close();
            }
        }
    }

    /** All clients, in the order in which they came. */
    Iterable<Entry> entries() {
        return entries.values().stream().toList();
    }

    /** The client with this id, or null. */
    Entry get(int clientId) {
        return entries.get(clientId);
    }

    /** How many clients there are. */
    int size() {
        return entries.size();
    }

    /**
     * Adds a client under a new id.
     *
     * @throws ErrnoException EAGAIN if the table is full or all ids of this boot are used up; ENOSPC, EIO
     */
    Entry add(int pid, int uid, long startTime) {
        int place = taken.nextClearBit(0);
        if (place >= MAX_ENTRIES || lastClientId == Integer.MAX_VALUE) {
            throw new ErrnoException(Errno.EAGAIN, "too many clients: " + entries.size() + " now, " + lastClientId
                + " since the boot; at most " + MAX_ENTRIES + " and " + Integer.MAX_VALUE);
        }
        Entry entry = new Entry(lastClientId + 1, pid, uid, startTime);
        write(header(entry.clientId), 0); // first: an id that was in use is never given out again
        lastClientId = entry.clientId;
        write(encode(entry), entryOffset(place));
        register(entry, place);
        return entry;
    }

    /** Forgets a client; one that is not there is no error. */
    void remove(int clientId) {
        Integer place = places.get(clientId);
        if (place != null) {
            write(ByteBuffer.allocate(ENTRY_LENGTH), entryOffset(place));
            places.remove(clientId);
            entries.remove(clientId);
            taken.clear(place);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failure("close", file, e);
        }
    }

    private void load() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        channel.read(header, 0);
        if (header.hasRemaining()) {
            throw damage("is cut short: " + header.position() + " bytes of " + HEADER_LENGTH);
        }
        if (header.getLong(MAGIC_OFFSET) != MAGIC) {
            throw damage("is not a client table");
        }
        if (header.getInt(VERSION_OFFSET) != VERSION) {
            throw damage("has version " + header.getInt(VERSION_OFFSET) + "; this msqd reads version " + VERSION);
        }
        lastClientId = header.getInt(LAST_CLIENT_ID_OFFSET);
        int count = (int) Math.min((channel.size() - HEADER_LENGTH) / ENTRY_LENGTH, MAX_ENTRIES);
        ByteBuffer all = ByteBuffer.allocate(count * ENTRY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        while (all.hasRemaining() && channel.read(all, HEADER_LENGTH + (long) all.position()) >= 0) {
            // until everything is read
        }
        for (int place = 0; place < count; place++) {
            int offset = place * ENTRY_LENGTH;
            int clientId = all.getInt(offset + CLIENT_ID_OFFSET);
            if (clientId < 0 || clientId > lastClientId) {
                throw damage("holds client id " + clientId + ", but the last one given out is " + lastClientId);
            }
            int pid = all.getInt(offset + PID_OFFSET);
            if (pid < 0) {
                throw damage("holds process id " + pid + " for client " + clientId);
            }
            if (clientId != 0) {
                register(new Entry(clientId, pid, all.getInt(offset + UID_OFFSET),
                    all.getLong(offset + START_TIME_OFFSET)), place);
            }
        }
    }

    private void register(Entry entry, int place) {
        entries.put(entry.clientId, entry);
        places.put(entry.clientId, place);
        taken.set(place);
    }

    private void write(ByteBuffer bytes, long offset) {
        try {
            channel.write(bytes, offset);
        } catch (IOException e) {
            throw failure("write", file, e);
        }
    }

    private static ByteBuffer header(int lastClientId) {
        return ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN)
            .putLong(MAGIC_OFFSET, MAGIC)
            .putInt(VERSION_OFFSET, VERSION)
            .putInt(LAST_CLIENT_ID_OFFSET, lastClientId);
    }

    private static ByteBuffer encode(Entry entry) {
        return ByteBuffer.allocate(ENTRY_LENGTH).order(ByteOrder.LITTLE_ENDIAN)
            .putInt(CLIENT_ID_OFFSET, entry.clientId)
            .putInt(PID_OFFSET, entry.pid)
            .putInt(UID_OFFSET, entry.uid)
            .putLong(START_TIME_OFFSET, entry.startTime);
    }

    private ErrnoException damage(String why) {
        return new ErrnoException(Errno.EIO, "the client table " + file + " " + why);
    }

    private static ErrnoException failure(String doing, Path file, IOException e) {
        return new ErrnoException(Errno.EIO, "cannot " + doing + " the client table " + file + ": " + e, e);
    }
}
