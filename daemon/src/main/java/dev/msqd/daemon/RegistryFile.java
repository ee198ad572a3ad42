package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.COPY_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.COUNTER_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DIRECTORY_UUID_HIGH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DIRECTORY_UUID_LOW_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.DURABILITY_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.ENTRIES;
import static dev.msqd.daemon.RegistryDescriptor.ENTRY_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.EPOCH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.FILE_LENGTH;
import static dev.msqd.daemon.RegistryDescriptor.FORMAT_VERSION;
import static dev.msqd.daemon.RegistryDescriptor.FORMAT_VERSION_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.FREE;
import static dev.msqd.daemon.RegistryDescriptor.HEADER_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.KEEP_BYTES_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.KEEP_SECONDS_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.LAST_MSQID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.LAST_SERIAL_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.LIVE;
import static dev.msqd.daemon.RegistryDescriptor.MAGIC;
import static dev.msqd.daemon.RegistryDescriptor.MAGIC_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.MSQID_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.NAME_LENGTH_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.STATE_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.copyOffset;
import static dev.msqd.daemon.RegistryDescriptor.entryOffset;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.QueueName;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * The registry's file: a header and a place for each entry, two copies of each ({@link RegistryDescriptor}, {@link CopyPair}). One
 * thread at a time.
 *
 * <p>Invariants:
 * <ol>
 *   <li>What a method has written when it returns is on disk; when it throws, the disk holds either the old or the new.</li>
 *   <li>A write overwrites the older of two copies, so that the newer survives if it is torn.</li>
 *   <li>After a failed write or sync nothing more is written: the kernel may take pages for clean that never reached
 *       the disk. The file must be opened anew.</li>
 * </ol>
 */
final class RegistryFile implements AutoCloseable {
    private static final int CHUNK_ENTRIES = 64;

    /** The JDK tells it in words alone. */
    private static final String NO_SPACE = "No space left on device";

    private final Path path;
    private final BlockFile storage;
    /** Of the copies that hold, 0 for an entry that was never written. */
    private final long[] counters = new long[ENTRIES];
    private long headerCounter;
    private boolean failed;

    /** @param path for messages */
    RegistryFile(Path path, BlockFile storage) {
        this.path = path;
        this.storage = storage;
    }

    /**
     * What the header says.
     *
     * @param directoryId the data directory's identity
     * @param epoch       how often the registry was opened to be changed
     * @param lastSerial  of the queues that were created
     * @param lastMsqid   what the next id follows; -1 if none was given out
     */
    record Header(UUID directoryId, long epoch, long lastSerial, int lastMsqid) {}

    /** Is told what {@link #readEntries} finds, in index order. */
    interface EntryHandler {
        /** Neither copy can be read, or what they say does not belong here. */
        void onDamaged(int index);

        /** One copy can't be read. What the other one says comes next. */
        void onMended(int index);

        /** A queue that lives, or was the last one there. */
        void onEntry(RegistryEntry entry, boolean lives);
    }

    /** Makes an empty registry, with an identity of its own. Who opens it syncs its name. */
    static void create(Path file) throws IOException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(made);
        Files.createFile(made, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
            channel.write(RegistryCodec.header(0, new Header(UUID.randomUUID(), 0, 0, -1)),
                HEADER_OFFSET + copyOffset(1));
            channel.write(ByteBuffer.allocate(1), FILE_LENGTH - 1);
            channel.force(true);
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** For messages. */
    Path path() {
        return path;
    }

    /** Whether neither copy of this entry was ever written, as far as they can be read. */
    boolean isUnwritten(int index) {
        return counters[index] == 0;
    }

    /** @throws ErrnoException EIO: not a registry, another version, cut short, its header damaged */
    Header readHeader() throws IOException {
        if (storage.length() < FILE_LENGTH) {
            throw damage("is cut short: " + storage.length() + " bytes of " + FILE_LENGTH);
        }
        ByteBuffer copies = ByteBuffer.allocate(ENTRY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        storage.read(copies, HEADER_OFFSET);
        CopyPair pair = CopyPair.read(copies, HEADER_OFFSET);
        if (pair.damaged()) {
            checkFormat(copies.getLong(MAGIC_OFFSET) == MAGIC ? copies : copies.slice(copyOffset(1), COPY_LENGTH));
            throw damage("has a damaged header");
        }
        ByteBuffer header = pair.current();
        checkFormat(header);
        headerCounter = header.getLong(COUNTER_OFFSET);
        return new Header(
            new UUID(header.getLong(DIRECTORY_UUID_HIGH_OFFSET), header.getLong(DIRECTORY_UUID_LOW_OFFSET)),
            header.getLong(EPOCH_OFFSET), header.getLong(LAST_SERIAL_OFFSET), header.getInt(LAST_MSQID_OFFSET));
    }

    /** All that were ever written. */
    void readEntries(EntryHandler handler) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_ENTRIES * ENTRY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        for (int first = 0; first < ENTRIES; first += CHUNK_ENTRIES) {
            storage.read(chunk.clear(), entryOffset(first));
            for (int i = 0; i < CHUNK_ENTRIES; i++) {
                readEntry(first + i, CopyPair.read(chunk, i * ENTRY_LENGTH), handler);
            }
        }
    }

    private void readEntry(int index, CopyPair pair, EntryHandler handler) {
        if (pair.damaged()) {
            handler.onDamaged(index);
            return;
        }
        if (pair.mended()) {
            handler.onMended(index);
        }
        ByteBuffer copy = pair.current();
        counters[index] = copy.getLong(COUNTER_OFFSET);
        int state = copy.getInt(STATE_OFFSET);
        if (state == FREE) {
            return;
        }
        if (belongs(copy, index)) {
            handler.onEntry(RegistryCodec.decode(copy), state == LIVE);
        } else {
            handler.onDamaged(index);
        }
    }

    /** If not, it was written whole, but not here or not by us. */
    private static boolean belongs(ByteBuffer copy, int index) {
        int nameLength = copy.getInt(NAME_LENGTH_OFFSET);
        return nameLength >= 0 && nameLength <= QueueName.MAX_LENGTH
            && (copy.getInt(MSQID_OFFSET) & MsqidDs.INDEX_MASK) == index
            && Durability.isCode(copy.getInt(DURABILITY_OFFSET))
            && copy.getLong(KEEP_SECONDS_OFFSET) >= 0 && copy.getLong(KEEP_BYTES_OFFSET) >= 0;
    }

    void writeHeader(Header header) {
        writeDurably(RegistryCodec.header(headerCounter, header), HEADER_OFFSET + copyOffset(headerCounter + 1),
            "header");
        headerCounter++;
    }

    /** @param state {@link RegistryDescriptor#LIVE} or {@link RegistryDescriptor#REMOVED} */
    void write(RegistryEntry entry, int state) {
        int index = entry.index();
        ByteBuffer copy = CopyPair.successor(counters[index]);
        RegistryCodec.encode(entry, state, copy);
        CopyPair.seal(copy);
        writeDurably(copy, entryOffset(index) + copyOffset(counters[index] + 1), "entry " + index);
        counters[index]++;
    }

    /** As if this entry had never been written. */
    void erase(int index) {
        writeDurably(ByteBuffer.allocate(ENTRY_LENGTH), entryOffset(index), "entry " + index);
        counters[index] = 0;
    }

    @Override
    public void close() {
        try {
            storage.close();
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot close the registry " + path + ": " + e, e);
        }
    }

    private void checkFormat(ByteBuffer header) {
        header.order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong(MAGIC_OFFSET) != MAGIC) {
            throw damage("is not a registry of msqd");
        }
        int version = header.getInt(FORMAT_VERSION_OFFSET);
        if (version != FORMAT_VERSION) {
            throw damage("has format version " + version + "; this msqd reads version " + FORMAT_VERSION);
        }
    }

    private ErrnoException damage(String why) {
        return new ErrnoException(Errno.EIO, "the registry " + path + " " + why);
    }

    private void writeDurably(ByteBuffer bytes, long offset, String what) {
        if (failed) {
            throw new ErrnoException(Errno.EIO, "the registry " + path
                + " could not be written before: nothing can be changed until the daemon is started again");
        }
        try {
            storage.write(bytes, offset);
        } catch (IOException e) {
            // A full disk: this copy was never there, or is torn, and the next attempt writes it again.
            failed = !NO_SPACE.equals(e.getMessage());
            throw new ErrnoException(failed ? Errno.EIO : Errno.ENOSPC,
                "cannot write " + what + " of the registry " + path + ": " + e, e);
        }
        try {
            storage.sync();
        } catch (IOException e) {
            failed = true;
            throw new ErrnoException(Errno.EIO, "cannot write " + what + " of the registry " + path + ": " + e, e);
        }
    }
}
