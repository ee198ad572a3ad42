package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.Processes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The directory of the queues' memory: a folder a queue, named by its msqid; the client table; and the file
 * {@code owner}, which says whose directory it is and is made last.
 *
 * <pre>
 *  owner, little endian
 *  +---------------------------------------------------------------+
 *  |  Magic                                                        |
 *  +-------------------------------+-------------------------------+
 *  |  Version                      |  Length of the path           |
 *  +-------------------------------+-------------------------------+
 *  |  Data directory's uuid (16 bytes)                             |
 *  +---------------------------------------------------------------+
 *  |  Data directory's path, UTF-8, for people                    ...
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * The name {@code system} is kept for a page that all clients share.
 */
final class HotDirectory {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final String OWNER = "owner";
    private static final String CLIENTS = "clients";
    private static final String UNFINISHED = ".new";

    private static final long MAGIC = 0x5245_4E57_4F54_484DL; // "MHTOWNER"
    private static final int VERSION = 1;
    private static final int MAGIC_OFFSET = 0;
    private static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    private static final int PATH_LENGTH_OFFSET = VERSION_OFFSET + Integer.BYTES;
    private static final int UUID_HIGH_OFFSET = PATH_LENGTH_OFFSET + Integer.BYTES;
    private static final int UUID_LOW_OFFSET = UUID_HIGH_OFFSET + Long.BYTES;
    private static final int PATH_OFFSET = UUID_LOW_OFFSET + Long.BYTES;

    private final Path path;

    private HotDirectory(Path path) {
        this.path = path;
    }

    /** Where a data directory's hot directory is unless it is configured. */
    static Path byDefault(Path dataDirectory) {
        CRC32C hash = new CRC32C();
        hash.update(dataDirectory.toString().getBytes(StandardCharsets.UTF_8));
        return SHARED_MEMORY.resolve("msqd-" + Integer.toUnsignedString(Processes.effectiveUid()) + "-"
            + String.format("%08x", hash.getValue()));
    }

    /**
     * Opens a hot directory, making it if there is none.
     *
     * @param dataDirectory real path of the data directory, told to people
     * @param id            the data directory's identity
     * @throws ErrnoException EBUSY when it belongs to another data directory, EPERM when another user owns it, EEXIST
     *                        when it holds something that is not msqd's, ENOTDIR, ENOSPC, EIO; each naming it
     */
    static HotDirectory open(Path path, Path dataDirectory, UUID id) {
        HotDirectory hot = new HotDirectory(path);
        try {
            hot.makeDirectory();
            if (Files.exists(path.resolve(OWNER), LinkOption.NOFOLLOW_LINKS)) {
                hot.checkOwner(id);
            } else {
                hot.takePossession(dataDirectory, id);
            }
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot use the hot directory " + path + ": " + e, e);
        }
        return hot;
    }

    Path path() {
        return path;
    }

    /** The client table's file. */
    Path clients() {
        return path.resolve(CLIENTS);
    }

    /** A queue's folder. */
    Path folder(int msqid) {
        return path.resolve(Integer.toString(msqid));
    }

    /** The msqid of every folder there is. */
    List<Integer> folders() {
        List<Integer> msqids = new ArrayList<>();
        for (Path name : names()) {
            String text = name.getFileName().toString();
            if (text.matches("\\d{1,10}") && Long.parseLong(text) <= Integer.MAX_VALUE) {
                msqids.add(Integer.parseInt(text));
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

    private void makeDirectory() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(path.getParent());
            Files.createDirectory(path,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new ErrnoException(Errno.ENOTDIR, "the hot directory " + path + " is not a directory");
        }
        // In /dev/shm anybody may make a directory of this name before us.
        Map<String, Object> attributes = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
        int uid = (int) attributes.get("uid");
        if (uid != Processes.effectiveUid()) {
            throw new ErrnoException(Errno.EPERM, "the hot directory " + path + " belongs to user "
                + Integer.toUnsignedString(uid) + ", not to this daemon's");
        }
    }

    private void takePossession(Path dataDirectory, UUID id) throws IOException {
        Path made = path.resolve(OWNER + ".new");
        for (Path name : names()) {
            if (!name.equals(made) && !name.equals(clients())) {
                throw new ErrnoException(Errno.EEXIST, "the hot directory " + path
                    + " holds files that are not msqd's, such as " + name.getFileName()
                    + "; name an empty or new directory");
            }
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        ClientTable.create(clients());
        byte[] text = dataDirectory.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer owner = ByteBuffer.allocate(PATH_OFFSET + text.length).order(ByteOrder.LITTLE_ENDIAN)
            .putLong(MAGIC_OFFSET, MAGIC)
            .putInt(VERSION_OFFSET, VERSION)
            .putInt(PATH_LENGTH_OFFSET, text.length)
            .putLong(UUID_HIGH_OFFSET, id.getMostSignificantBits())
            .putLong(UUID_LOW_OFFSET, id.getLeastSignificantBits())
            .put(PATH_OFFSET, text);
        Files.write(made, owner.array());
        Files.move(made, path.resolve(OWNER), StandardCopyOption.ATOMIC_MOVE);
    }

    private void checkOwner(UUID id) throws IOException {
        Path file = path.resolve(OWNER);
        ByteBuffer owner = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        if (owner.capacity() < PATH_OFFSET || owner.getLong(MAGIC_OFFSET) != MAGIC) {
            throw new ErrnoException(Errno.EIO, file + " does not say whose hot directory this is: it is damaged");
        }
        int version = owner.getInt(VERSION_OFFSET);
        if (version != VERSION) {
            throw new ErrnoException(Errno.EIO,
                file + " has version " + version + "; this msqd reads version " + VERSION);
        }
        if (!new UUID(owner.getLong(UUID_HIGH_OFFSET), owner.getLong(UUID_LOW_OFFSET)).equals(id)) {
            int length = Math.clamp(owner.getInt(PATH_LENGTH_OFFSET), 0, owner.capacity() - PATH_OFFSET);
            String other = new String(owner.array(), PATH_OFFSET, length, StandardCharsets.UTF_8);
            throw new ErrnoException(Errno.EBUSY, "the hot directory " + path + " belongs to another data directory, "
                + other);
        }
    }
}
