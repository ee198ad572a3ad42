package dev.msqd.daemon;

import static dev.msqd.daemon.RegistryDescriptor.ENTRIES;
import static dev.msqd.daemon.RegistryDescriptor.LIVE;
import static dev.msqd.daemon.RegistryDescriptor.REMOVED;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MsqidDs;
import dev.msqd.daemon.journal.DurableDirectory;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
 *   <li>An id is given out again only after all 65,535 sequence numbers have passed (R12, R13).</li>
 *   <li>A damaged entry takes its index out of use; the others go on.</li>
 * </ol>
 */
final class Registry implements RegistryFile.EntryHandler, AutoCloseable {
    /** Indexes are given out in rounds of at least this many (R13). */
    private static final int MIN_CYCLE = 64;
    private static final int SEQUENCES = Integer.MAX_VALUE >> MsqidDs.INDEX_BITS;

    private final RegistryFile file;
    private final RegistryEntry[] live = new RegistryEntry[ENTRIES];
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

    private Registry(Path file, BlockFile storage) {
        this.file = new RegistryFile(file, storage);
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
                RegistryFile.create(file);
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
            registry.epoch++;
            registry.writeHeader(registry.lastSerial);
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
     * Reads a registry and changes nothing; nor can what is returned, for its file is closed. A daemon may be writing to the file: an entry that is being
     * written may look mended.
     *
     * @throws ErrnoException as {@link #open(Path)}, and ENOENT if there is none, EACCES if it may not be read
     */
    static Registry read(Path file) {
        try (BlockFile storage = ChannelBlockFile.readOnly(file)) {
            Registry registry = new Registry(file, storage);
            registry.load();
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
        return file.path();
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
        return file.isUnwritten(index) && !damaged.get(index);
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
            throw new ErrnoException(Errno.ENOSPC, "all " + ENTRIES + " places of " + file() + " are taken");
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
                "the places of " + file() + " from that of " + chosen + " on are taken");
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
        file.erase(index);
        damaged.clear(index);
        used.clear(index);
    }

    @Override
    public void close() {
        file.close();
    }

    private void load() throws IOException {
        RegistryFile.Header header = file.readHeader();
        directoryId = header.directoryId();
        epoch = header.epoch();
        lastSerial = header.lastSerial();
        lastMsqid = header.lastMsqid();
        file.readEntries(this);
        if (!damaged.isEmpty()) {
            beginRound();
        }
    }

    @Override
    public void onDamaged(int index) {
        damaged.set(index);
        used.set(index);
    }

    @Override
    public void onMended(int index) {
        mended.set(index);
    }

    @Override
    public void onEntry(RegistryEntry entry, boolean lives) {
        if (entry.serial() > lastSerial) {
            lastSerial = entry.serial();
            lastMsqid = entry.msqid();
        }
        if (lives) {
            register(entry);
        }
    }

    /** Nobody knows which ids damaged entries had: with a new round none is given out twice. */
    private void beginRound() {
        int sequence = (lastMsqid < 0 ? 0 : (lastMsqid >> MsqidDs.INDEX_BITS) + 1) % SEQUENCES;
        lastMsqid = sequence << MsqidDs.INDEX_BITS | Math.max(lastMsqid & MsqidDs.INDEX_MASK, 0);
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
        file.write(entry, state);
        mended.clear(entry.index());
    }

    private void writeHeader(long serial) {
        file.writeHeader(new RegistryFile.Header(directoryId, epoch, serial, lastMsqid));
    }
}
