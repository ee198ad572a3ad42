package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.calls.UnixSocket;
import dev.msqd.client.control.DataDirectory;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What is stored of a data directory and its queues. Nothing is changed by looking, and a daemon may be serving the directory
 * meanwhile. As of one moment, and unchangeable.
 */
public final class StoredData {
    /** How a hot directory is to a data directory. */
    public enum Hot {
        /** Its own: the queues that have a file there are as that says. */
        OWN,
        /** There is none, as after a reboot: the queues are put back from their logs. */
        ABSENT,
        /** Its own, but not in memory, and from before the machine was started: the next daemon builds it anew from the logs. */
        EARLIER_BOOT,
        /** Of a data directory that was at the same path before: the next daemon deletes what is in it. */
        PREDECESSORS,
        /** Of another data directory, or nobody knows of whose: no daemon starts. */
        FOREIGN
    }

    private static final int LOOKS = 3;
    private static final long LOOK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Path directory;
    private final Registry registry;
    private final Path hotDirectory;
    private final Hot hot;
    private final String hotFault;
    private final List<Integer> damagedEntries;
    private final List<Integer> mendedEntries;

    private StoredData(Path directory, Path configuredHotDirectory) throws IOException {
        this.directory = directory;
        Path file = directory.resolve(DataDirectory.REGISTRY);
        Registry last = Registry.read(file);
        List<Integer> suspects = last.suspects();
        for (int look = 1; look < LOOKS && !suspects.isEmpty(); look++) {
            // An entry that a daemon was just writing is whole by now.
            LockSupport.parkNanos(LOOK_AGAIN_NS);
            last = Registry.read(file);
            suspects = suspects.stream().filter(last.suspects()::contains).toList();
        }
        registry = last;
        damagedEntries = suspects.stream().filter(registry::isDamaged).toList();
        mendedEntries = suspects.stream().filter(registry::isMended).toList();
        hotDirectory = configuredHotDirectory != null ? configuredHotDirectory
            : HotDirectory.byDefault(registry.directoryId(), (int) Files.getAttribute(file, "unix:uid"));
        OwnerFile owner = null;
        String fault = "";
        try {
            owner = HotDirectory.owner(hotDirectory);
        } catch (ErrnoException e) {
            fault = e.getMessage();
        }
        hot = fault.isEmpty() ? verdictOn(owner) : Hot.FOREIGN;
        hotFault = hot == Hot.FOREIGN && fault.isEmpty()
            ? hotDirectory + " belongs to another data directory, " + owner.dataDirectory() : fault;
    }

    /** As {@link HotDirectory} will find it. */
    private Hot verdictOn(OwnerFile owner) {
        if (owner == null) {
            return Hot.ABSENT;
        }
        if (owner.id().equals(registry.directoryId())) {
            return owner.bootId().equals(Processes.bootId()) ? Hot.OWN : Hot.EARLIER_BOOT;
        }
        return owner.dataDirectory().equals(directory.toString()) ? Hot.PREDECESSORS : Hot.FOREIGN;
    }

    /**
     * Looks at a data directory.
     *
     * @param hotDirectory where its hot directory is, or null: where it is by default
     * @throws ErrnoException ENOENT where there is none, EACCES for others than its daemon's user, EIO naming what is damaged
     *                        beyond reading
     */
    public static StoredData of(Path directory, Path hotDirectory) {
        try {
            return new StoredData(directory.toRealPath(), hotDirectory);
        } catch (NoSuchFileException e) {
            throw new ErrnoException(Errno.ENOENT, "there is no data directory " + directory, e);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot look at the data directory " + directory + ": " + e, e);
        }
    }

    /** Real path of the data directory. */
    public Path directory() {
        return directory;
    }

    /** Whether a daemon serves it right now. */
    public boolean isServed() {
        try {
            UnixSocket.connect(directory.resolve(DataDirectory.SOCKET)).close();
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Indexes of the registry's entries that cannot be read. Their queues are lost to it, and to {@link #queues}. */
    public List<Integer> damagedEntries() {
        return damagedEntries;
    }

    /** Indexes of those of which one copy is torn, as a power cut leaves it, or damaged; the other holds. */
    public List<Integer> mendedEntries() {
        return mendedEntries;
    }

    public Path hotDirectory() {
        return hotDirectory;
    }

    public Hot hot() {
        return hot;
    }

    /** Why no daemon starts with a hot directory that is {@link Hot#FOREIGN}, or empty. */
    public String hotFault() {
        return hotFault;
    }

    /** All queues, in index order. */
    public List<StoredQueue> queues() {
        return registry.entries().stream().map(this::queue).toList();
    }

    /** Names of the folders among the logs that belong to no queue, as a removal leaves them that was cut short. */
    public List<String> strayLogs() {
        List<String> strays = new ArrayList<>();
        try (Stream<Path> folders = Files.list(directory.resolve(DataDirectory.LOG))) {
            folders.map(folder -> folder.getFileName().toString()).filter(this::isStray).sorted().forEach(strays::add);
        } catch (NoSuchFileException e) {
            return strays; // nothing was ever logged
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot list " + directory.resolve(DataDirectory.LOG) + ": " + e, e);
        }
        return strays;
    }

    private boolean isStray(String folder) {
        return registry.entries().stream().noneMatch(entry -> folder.equals(Integer.toString(entry.msqid())));
    }

    private StoredQueue queue(RegistryEntry entry) {
        String msqid = Integer.toString(entry.msqid());
        Path folder = hotDirectory.resolve(msqid);
        boolean inHot = hot == Hot.OWN && Files.exists(folder, LinkOption.NOFOLLOW_LINKS);
        return new StoredQueue(entry.msqid(), entry.key(), entry.name(), entry.uuid(), entry.durability(),
            entry.retention(), DiskStorage.at(directory.resolve(DataDirectory.LOG).resolve(msqid)), inHot,
            inHot ? faultOf(QueueMemory.file(folder), entry) : "");
    }

    /** By the first page alone: nothing is mapped that clients could be changing. */
    private static String faultOf(Path file, RegistryEntry entry) {
        ByteBuffer page = ByteBuffer.allocate(StateDescriptor.PAGE_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        try (BlockFile storage = ChannelBlockFile.readOnly(file)) {
            storage.read(page, 0);
        } catch (EOFException e) {
            return file + " is cut short";
        } catch (IOException e) {
            return file + " cannot be read: " + e;
        }
        long ready = page.getLong(StateDescriptor.READY_OFFSET);
        if (!StateDescriptor.isMagic(ready)) {
            return file + " is not a queue's hot file, or was never finished";
        }
        if (ready != StateDescriptor.READY) {
            return file + " has version " + StateDescriptor.version(ready) + "; this msqd reads version "
                + StateDescriptor.version(StateDescriptor.READY);
        }
        boolean same = page.getInt(StateDescriptor.MSQID_OFFSET) == entry.msqid()
            && page.getLong(StateDescriptor.UUID_HIGH_OFFSET) == entry.uuid().getMostSignificantBits()
            && page.getLong(StateDescriptor.UUID_LOW_OFFSET) == entry.uuid().getLeastSignificantBits();
        return same ? "" : file + " belongs to another queue";
    }
}
