package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import dev.msqd.layout.CountersDescriptor;
import dev.msqd.log.QueueMemory;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of the queues' memory: a folder a queue, named by its msqid; the client table; what all queues share
 * ({@link dev.msqd.layout.SystemDescriptor}); the counters ({@link CountersDescriptor}); a lock; and the file {@code owner}, which says whose directory it is and is made last.
 */
final class HotDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotDirectory.class);
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String OWNER = "owner";
    /** The client table's file. */
    static final String CLIENTS = "clients";
    private static final String TRACE = "trace";
    private static final String UNFINISHED = ".new";

    private final Path path;
    private final DirectoryLock lock;

    private HotDirectory(Path path, DirectoryLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Where a data directory's hot directory is unless it is configured. It follows from the directory's identity, not
     * from its path: who deletes a data directory and begins anew in its place does not meet the memory of the old one.
     */
    static Path byDefault(UUID id) {
        return byDefault(id, Processes.effectiveUid());
    }

    /** The same for the daemon of a user. */
    static Path byDefault(UUID id, int uid) {
        return SHARED_MEMORY.resolve("msqd-" + Integer.toUnsignedString(uid) + "-"
            + String.format("%08x", (int) (id.getMostSignificantBits() >>> Integer.SIZE)));
    }

    /**
     * Opens a hot directory, making it if there is none.
     *
     * <p>One that belonged to a data directory at the very same path is taken over: that one is gone.
     *
     * @param dataDirectory real path of the data directory
     * @param id            the data directory's identity
     * @throws ErrnoException EBUSY when a daemon uses it or it belongs to another data directory, EPERM when another
     *                        user owns it, EEXIST when it holds something that is not msqd's, ENOTDIR, ENOSPC, EIO;
     *                        each naming it
     */
    static HotDirectory open(Path path, Path dataDirectory, UUID id) {
        DirectoryLock lock = null;
        boolean opened = false;
        try {
            makeDirectory(path);
            lock = DirectoryLock.acquire(path.toRealPath(), "hot");
            HotDirectory hot = new HotDirectory(path, lock);
            hot.settleOwner(new OwnerFile(id, dataDirectory.toString(), Processes.bootId()));
            opened = true;
            return hot;
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot use the hot directory " + path + ": " + e, e);
        } finally {
            if (!opened && lock != null) {
                lock.close();
            }
        }
    }

    /**
     * Whose directory this is, or null if there is none or it is nobody's yet. Changes nothing.
     *
     * @throws ErrnoException EIO if what says so is damaged
     */
    static OwnerFile owner(Path path) throws IOException {
        Path file = path.resolve(OWNER);
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? OwnerFile.read(file) : null;
    }

    Path path() {
        return path;
    }

    /** The client table's file. */
    Path clients() {
        return path.resolve(CLIENTS);
    }

    /** The folder of the clients' trace rings. */
    Path traceRings() {
        return path.resolve(TRACE);
    }

    /** A queue's folder. */
    Path folder(int msqid) {
        return path.resolve(Integer.toString(msqid));
    }

    /** The msqid of every folder there is. */
    List<Integer> folders() {
        return msqids(names());
    }

    /** Those of these paths that are called by an msqid. */
    static List<Integer> msqids(List<Path> paths) {
        List<Integer> msqids = new ArrayList<>();
        for (Path path : paths) {
            String name = path.getFileName().toString();
            if (name.matches("\\d{1,10}") && Long.parseLong(name) <= Integer.MAX_VALUE) {
                msqids.add(Integer.parseInt(name));
            }
        }
        return msqids;
    }

    /** Where a queue's folder is made, out of sight until it is whole. */
    Path unfinishedFolder(int msqid) {
        return path.resolve(msqid + UNFINISHED);
    }

    /** Puts a folder that is whole in its place. */
    void finish(int msqid) {
        try {
            Files.move(unfinishedFolder(msqid), folder(msqid), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot put " + folder(msqid) + " in place: " + e, e);
        }
    }

    /** Unlinks a queue's folder and what is in it, made to the end or not; what is not there is no error. */
    void delete(int msqid) {
        delete(folder(msqid));
        delete(unfinishedFolder(msqid));
    }

    /** Unlinks what a killed daemon was about to make. */
    void deleteUnfinished() {
        for (Path name : names()) {
            if (name.getFileName().toString().endsWith(UNFINISHED)) {
                delete(name);
            }
        }
    }

    private List<Path> names() {
        try (Stream<Path> names = Files.list(path)) {
            return names.toList();
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot list the hot directory " + path + ": " + e, e);
        }
    }

    private static void delete(Path folder) {
        try {
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot delete " + folder + ": " + e, e);
        }
    }

    /** Lets another daemon have it; everything stays. */
    @Override
    public void close() {
        lock.close();
    }

    private static void makeDirectory(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(path.getParent());
            Files.createDirectory(path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ErrnoException(Errno.ENOTDIR, "the hot directory " + path + " is not a directory");
        }
        // In /dev/shm anybody may make a directory of this name before us.
        int uid = (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        if (uid != Processes.effectiveUid()) {
            throw new ErrnoException(Errno.EPERM, "the hot directory " + path + " belongs to user "
                + Integer.toUnsignedString(uid) + ", not to this daemon's");
        }
    }

    private void settleOwner(OwnerFile self) throws IOException {
        Path file = path.resolve(OWNER);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            OwnerFile owner = OwnerFile.read(file);
            if (owner.id().equals(self.id()) && owner.bootId().equals(self.bootId())) {
                return;
            }
            if (owner.id().equals(self.id())) {
                // Not in memory, but on a disk that did not get everything: the logs know better.
                LOG.info("{} is from before the machine was started: it is built anew", path);
                deleteEverything();
                takePossession(self);
                return;
            }
            if (!owner.dataDirectory().equals(self.dataDirectory())) {
                throw new ErrnoException(Errno.EBUSY, "the hot directory " + path
                    + " belongs to another data directory, " + owner.dataDirectory());
            }
            LOG.warn("{} is not the data directory that it was: what its predecessor left in {} is deleted",
                self.dataDirectory(), path);
            deleteEverything();
        }
        takePossession(self);
    }

    private void takePossession(OwnerFile self) throws IOException {
        Path made = path.resolve(OWNER + UNFINISHED);
        for (Path name : names()) {
            if (!name.equals(made) && !name.equals(clients()) && !name.equals(path.resolve(DirectoryLock.FILE_NAME))) {
                throw new ErrnoException(Errno.EEXIST, "the hot directory " + path
                    + " holds files that are not msqd's, such as " + name.getFileName()
                    + "; name an empty or new directory");
            }
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        ClientTable.create(clients());
        self.write(made);
        Files.move(made, path.resolve(OWNER), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Deletes what a data directory that is gone had here; whoever still uses a queue finds it removed. */
    private void deleteEverything() throws IOException {
        for (int msqid : folders()) {
            try (QueueMemory memory = QueueMemory.open(folder(msqid))) {
                memory.state().markRemoved();
            } catch (ErrnoException e) {
                LOG.debug("nobody can use {}", folder(msqid), e);
            }
            delete(msqid);
        }
        deleteUnfinished();
        delete(traceRings());
        SystemLimits.delete(path);
        Files.deleteIfExists(path.resolve(CountersDescriptor.FILE_NAME));
        Files.delete(path.resolve(OWNER)); // last: killed before, the next daemon begins again
    }
}
