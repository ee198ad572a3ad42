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
import static dev.msqd.daemon.RegistryDescriptor.REMOVED;
import static dev.msqd.daemon.RegistryDescriptor.STATE_OFFSET;
import static dev.msqd.daemon.RegistryDescriptor.copyOffset;
import static dev.msqd.daemon.RegistryDescriptor.entryOffset;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.QueueName;
import dev.msqd.daemon.journal.DurableDirectory;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Which queues there are, on disk and in memory. One thread at a time.
 *
 * <p>Invariants:
 * <ol>
 *   <li>What a method has changed when it returns is on disk; when it throws, memory is as it was, and the disk holds
 *       either the old or the new entry.</li>
 *   <li>An update overwrites the older of an entry's two copies, so that the newer survives a torn write.</li>
 *   <li>After a failed write or sync nothing more is written: the kernel may take pages for clean that never reached
 *       the disk. The registry must be opened anew.</li>
 *   <li>An id is given out again only after all 65,535 sequence numbers have passed (R12, R13).</li>
 *   <li>A damaged entry takes its index out of use; the others go on.</li>
 * </ol>
 */
final class Registry implements AutoCloseable {
    /** Indexes are given out in rounds of at least this many (R13). */
    private static final int MIN_CYCLE = 64;
    private static final int CHUNK_ENTRIES = 64;
    private static final int SEQUENCES = Integer.MAX_VALUE >> MsqidDs.INDEX_BITS;

    /** The JDK tells it in words alone. */
    private static final String NO_SPACE = "No space left on device";

    private final Path file;
    private final BlockFile storage;
    private final RegistryEntry[] live = new RegistryEntry[ENTRIES];
    private final long[] counters = new long[ENTRIES];
    private final BitSet used = new BitSet(ENTRIES);
    private final BitSet damaged = new BitSet(ENTRIES);
    private final BitSet mended = new BitSet(ENTRIES);
    private final Map<Integer, RegistryEntry> byKey = new HashMap<>();
    private final Map<String, RegistryEntry> byName = new HashMap<>();
    private UUID directoryId;
    private long epoch;
    private long lastSerial;
    /** Given out last in the course of things, not as somebody chose. */
    private int lastMsqid = -1;
    private long headerCounter;
    private boolean failed;

    private Registry(Path file, BlockFile storage) {
        this.file = file;
        this.storage = storage;
    }

    /**
     * Opens the registry, making an empty one where there is none; the epoch goes up.
     *
     * @throws ErrnoException EIO naming the file: not a registry, another version, cut short, its header damaged, or
     *                        the file system refused
     */
    static Registry open(Path file) {
        try {
            if (!Files.exists(file)) {
                create(file);
            }
            DurableDirectory.sync(file.toAbsolutePath().getParent()); // also what a daemon made that was killed just then
            return open(file, new ChannelBlockFile(file));
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot open the registry " + file + ": " + e, e);
        }
    }

    /** The same over another storage, which is closed if this fails. */
    static Registry open(Path file, BlockFile storage) {
        Registry registry = new Registry(file, storage);
        boolean loaded = false;
        try {
            registry.load();
            loaded = true;
            return registry;
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot read the registry " + file + ": " + e, e);
        } finally {
            if (!loaded) {
                registry.close();
            }
        }
    }

    /**
     * Reads a registry and changes nothing; nor can what is returned. A daemon may be writing to the file: an entry that is being
     * written may look mended.
     *
     * @throws ErrnoException as {@link #open(Path)}, and ENOENT if there is none, EACCES if it may not be read
     */
    static Registry read(Path file) {
        try (BlockFile storage = ChannelBlockFile.readOnly(file)) {
            Registry registry = new Registry(file, storage);
            registry.failed = true; // nothing may be written
            registry.loadAll();
            return registry;
        } catch (NoSuchFileException e) {
            throw new ErrnoException(Errno.ENOENT, "there is no registry " + file, e);
        } catch (AccessDeniedException e) {
            throw new ErrnoException(Errno.EACCES, "the registry " + file + " may be read by its owner only", e);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot read the registry " + file + ": " + e, e);
        }
    }

    /** The data directory's identity, for as long as the registry exists. */
    UUID directoryId() {
        return directoryId;
    }

    /** How often a registry of this directory was opened, this time included. */
    long epoch() {
        return epoch;
    }

    /** The file, for messages. */
    Path file() {
        return file;
    }

    /** The queue at an index, or null. */
    RegistryEntry byIndex(int index) {
        return live[index];
    }

    /** The queue with a key other than 0, or null. */
    RegistryEntry byKey(int key) {
        return byKey.get(key);
    }

    /** The queue with a name, or null. */
    RegistryEntry byName(String name) {
        return byName.get(name);
    }

    /** Whether neither copy of this entry can be read. */
    boolean isDamaged(int index) {
        return damaged.get(index);
    }

    /** Whether one copy of this entry could not be read when the registry was opened. */
    boolean isMended(int index) {
        return mended.get(index);
    }

    /** Whether no queue ever had this index, as far as the entry says. */
    boolean isUnwritten(int index) {
        return counters[index] == 0 && !damaged.get(index);
    }

    /** An entry that says that it was never written is known to have been: as a damaged one it is out of use. */
    void lost(int index) {
        damaged.set(index);
        used.set(index);
        beginRound();
    }

    /** Indexes in use, damaged ones included. */
    int size() {
        return used.cardinality();
    }

    /** The first index in use at or after this one, or -1. */
    int nextIndex(int index) {
        return used.nextSetBit(index);
    }

    /** The highest index in use, or -1. */
    int highestIndex() {
        return used.length() - 1;
    }

    /** All queues, in index order. */
    List<RegistryEntry> entries() {
        List<RegistryEntry> entries = new ArrayList<>();
        for (int index = used.nextSetBit(0); index >= 0; index = used.nextSetBit(index + 1)) {
            if (live[index] != null) {
                entries.add(live[index]);
            }
        }
        return entries;
    }

    /** Indexes of the entries of which one copy, or both, could not be read when the registry was opened. */
    List<Integer> suspects() {
        BitSet suspects = (BitSet) damaged.clone();
        suspects.or(mended);
        return suspects.stream().boxed().toList();
    }

    /**
     * The id that the next queue gets, as the kernel gives them out: the index after the last one that is free, in
     * rounds of 64 or, with many queues, of half as many again; the sequence number goes up with each round (R12, R13).
     *
     * @throws ErrnoException ENOSPC if every index is taken
     */
    int nextMsqid() {
        int limit = Math.min(Math.max(size() * 3 / 2, MIN_CYCLE), ENTRIES);
        int lastIndex = lastMsqid < 0 ? -1 : lastMsqid & MsqidDs.INDEX_MASK;
        int sequence = lastMsqid < 0 ? 0 : lastMsqid >> MsqidDs.INDEX_BITS;
        int index = used.nextClearBit(lastIndex + 1);
        if (index >= limit) {
            index = used.nextClearBit(0);
        }
        if (index >= limit) {
            throw new ErrnoException(Errno.ENOSPC, "all " + ENTRIES + " places of " + file + " are taken");
        }
        if (index <= lastIndex) {
            sequence = (sequence + 1) % SEQUENCES;
        }
        return sequence << MsqidDs.INDEX_BITS | index;
    }

    /**
     * The chosen id or, while its index is taken, the one with the next free index, as the kernel does it (msg_next_id).
     *
     * @throws ErrnoException ENOSPC if no index from there on is free. (The kernel then makes a queue that no id leads to.)
     */
    int freeMsqidFrom(int chosen) {
        int index = used.nextClearBit(chosen & MsqidDs.INDEX_MASK);
        if (index >= ENTRIES) {
            throw new ErrnoException(Errno.ENOSPC,
                "the places of " + file + " from that of " + chosen + " on are taken");
        }
        return chosen & ~MsqidDs.INDEX_MASK | index;
    }

    /** How many queues were ever created, and one more. */
    long nextSerial() {
        return lastSerial + 1;
    }

    /**
     * Adds a queue whose msqid and serial came from {@link #nextMsqid} and {@link #nextSerial}, which go on from there. Both copies of the entry say so: if one is
     * damaged later the other holds, and does not say that there is no queue.
     */
    void add(RegistryEntry entry) {
        addTwice(entry);
        lastSerial = entry.serial();
        lastMsqid = entry.msqid();
    }

    /** The same with a msqid from {@link #freeMsqidFrom}: the next ones are as if it had not been. */
    void addChosen(RegistryEntry entry) {
        // After a restart the queue with the highest serial has the last msqid, unless the header has a serial as high.
        writeHeader(entry.serial());
        addTwice(entry);
        lastSerial = entry.serial();
    }

    private void addTwice(RegistryEntry entry) {
        write(entry, LIVE);
        write(entry, LIVE);
        register(entry);
    }

    /** Stores what an IPC_SET changed. */
    void update(RegistryEntry entry) {
        write(entry, LIVE);
        register(entry);
    }

    /** Removes a queue; its index and key are free again. */
    void remove(RegistryEntry entry) {
        write(entry, REMOVED);
        live[entry.index()] = null;
        used.clear(entry.index());
        if (entry.key() != 0) {
            byKey.remove(entry.key());
        }
        if (!entry.name().isEmpty()) {
            byName.remove(entry.name());
        }
    }

    /** Gives up what a damaged entry held; its index is free again. */
    void discardDamaged(int index) {
        ByteBuffer zeros = ByteBuffer.allocate(ENTRY_LENGTH);
        writeDurably(zeros, entryOffset(index), "entry " + index);
        counters[index] = 0;
        damaged.clear(index);
        used.clear(index);
    }

    @Override
    public void close() {
        try {
            storage.close();
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot close the registry " + file + ": " + e, e);
        }
    }

    private static void create(Path file) throws IOException {
        Path made = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(made);
        Files.createFile(made, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        UUID id = UUID.randomUUID();
        try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
            channel.write(RegistryCodec.header(0, id, 0, 0, -1), HEADER_OFFSET + copyOffset(1));
            channel.write(ByteBuffer.allocate(1), FILE_LENGTH - 1);
            channel.force(true);
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void load() throws IOException {
        headerCounter = loadAll();
        epoch++;
        writeHeader(lastSerial);
    }

    private void writeHeader(long serial) {
        ByteBuffer header = RegistryCodec.header(headerCounter, directoryId, epoch, serial, lastMsqid);
        writeDurably(header, HEADER_OFFSET + copyOffset(headerCounter + 1), "header");
        headerCounter++;
    }

    /** Returns the header's counter. */
    private long loadAll() throws IOException {
        if (storage.length() < FILE_LENGTH) {
            throw damage("is cut short: " + storage.length() + " bytes of " + FILE_LENGTH);
        }
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_ENTRIES * ENTRY_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        storage.read(chunk.limit(ENTRY_LENGTH), HEADER_OFFSET);
        long headerCounter = loadHeader(chunk);
        for (int first = 0; first < ENTRIES; first += CHUNK_ENTRIES) {
            storage.read(chunk.clear(), entryOffset(first));
            for (int i = 0; i < CHUNK_ENTRIES; i++) {
                loadEntry(first + i, CopyPair.read(chunk, i * ENTRY_LENGTH));
            }
        }
        if (!damaged.isEmpty()) {
            beginRound();
        }
        return headerCounter;
    }

    /** Nobody knows which ids damaged entries had: with a new round none is given out twice. */
    private void beginRound() {
        int sequence = (lastMsqid < 0 ? 0 : (lastMsqid >> MsqidDs.INDEX_BITS) + 1) % SEQUENCES;
        lastMsqid = sequence << MsqidDs.INDEX_BITS | Math.max(lastMsqid & MsqidDs.INDEX_MASK, 0);
    }

    private long loadHeader(ByteBuffer copies) {
        CopyPair pair = CopyPair.read(copies, HEADER_OFFSET);
        if (pair.damaged()) {
            checkFormat(copies.getLong(MAGIC_OFFSET) == MAGIC ? copies : copies.slice(copyOffset(1), COPY_LENGTH));
            throw damage("has a damaged header");
        }
        ByteBuffer header = pair.current();
        checkFormat(header);
        directoryId = new UUID(
            header.getLong(DIRECTORY_UUID_HIGH_OFFSET),
            header.getLong(DIRECTORY_UUID_LOW_OFFSET));
        epoch = header.getLong(EPOCH_OFFSET);
        lastSerial = header.getLong(LAST_SERIAL_OFFSET);
        lastMsqid = header.getInt(LAST_MSQID_OFFSET);
        return header.getLong(COUNTER_OFFSET);
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

    private void loadEntry(int index, CopyPair pair) {
        if (pair.damaged()) {
            damaged.set(index);
            used.set(index);
            return;
        }
        if (pair.mended()) {
            mended.set(index);
        }
        ByteBuffer copy = pair.current();
        counters[index] = copy.getLong(COUNTER_OFFSET);
        int state = copy.getInt(STATE_OFFSET);
        if (state == FREE) {
            return;
        }
        int nameLength = copy.getInt(NAME_LENGTH_OFFSET);
        int msqid = copy.getInt(MSQID_OFFSET);
        if (nameLength < 0 || nameLength > QueueName.MAX_LENGTH
            || (msqid & MsqidDs.INDEX_MASK) != index
            || !Durability.isCode(copy.getInt(DURABILITY_OFFSET))
            || copy.getLong(KEEP_SECONDS_OFFSET) < 0 || copy.getLong(KEEP_BYTES_OFFSET) < 0) {
            damaged.set(index); // written whole, but not here or not by us
            used.set(index);
            return;
        }
        RegistryEntry entry = RegistryCodec.decode(copy);
        if (entry.serial() > lastSerial) {
            lastSerial = entry.serial();
            lastMsqid = msqid;
        }
        if (state == LIVE) {
            register(entry);
        }
    }

    private void register(RegistryEntry entry) {
        live[entry.index()] = entry;
        used.set(entry.index());
        if (entry.key() != 0) {
            byKey.put(entry.key(), entry);
        }
        if (!entry.name().isEmpty()) {
            byName.put(entry.name(), entry);
        }
    }

    private void write(RegistryEntry entry, int state) {
        int index = entry.index();
        ByteBuffer copy = CopyPair.successor(counters[index]);
        RegistryCodec.encode(entry, state, copy);
        CopyPair.seal(copy);
        writeDurably(copy, entryOffset(index) + copyOffset(counters[index] + 1), "entry " + index);
        counters[index]++;
        mended.clear(index);
    }

    private void writeDurably(ByteBuffer bytes, long offset, String what) {
        if (failed) {
            throw new ErrnoException(Errno.EIO, "the registry " + file
                + " could not be written before: nothing can be changed until the daemon is started again");
        }
        try {
            storage.write(bytes, offset);
        } catch (IOException e) {
            // A full disk: this copy was never there, or is torn, and the next attempt writes it again.
            failed = !NO_SPACE.equals(e.getMessage());
            throw new ErrnoException(failed ? Errno.EIO : Errno.ENOSPC,
                "cannot write " + what + " of the registry " + file + ": " + e, e);
        }
        try {
            storage.sync();
        } catch (IOException e) {
            failed = true;
            throw new ErrnoException(Errno.EIO, "cannot write " + what + " of the registry " + file + ": " + e, e);
        }
    }

    private ErrnoException damage(String why) {
        return new ErrnoException(Errno.EIO, "the registry " + file + " " + why);
    }
}
