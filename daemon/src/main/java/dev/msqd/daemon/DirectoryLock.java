package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.control.DataDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;
import org.agrona.CloseHelper;

/**
 * One daemon a directory (of data, or hot): a lock on its file {@code lock}, held for life and gone with the process
 * however it ends. The file tells who holds it: {@code <pid> <start, ISO 8601>}.
 *
 * <p>The kernel's record locks belong to processes: a second opening in this one would pass, and its closing would drop
 * the first one's lock. So this process keeps its own account before it touches the file.
 */
final class DirectoryLock implements AutoCloseable {
    /** Name of the file in the directory. */
    static final String FILE_NAME = DataDirectory.LOCK;

    private static final Set<Path> HELD_HERE = new HashSet<>();
    private static final int MAX_CONTENT_LENGTH = 128;
    private static final Set<StandardOpenOption> OPTIONS =
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    /** Whoever may read the file could keep it locked, too. */
    private static final FileAttribute<?> PRIVATE =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @param directory real path
     * @param kind      what the directory is, for messages
     * @throws ErrnoException EBUSY naming the directory, the holder's pid and its start; EACCES; EIO
     */
    static DirectoryLock acquire(Path directory, String kind) {
        synchronized (HELD_HERE) {
            Path file = directory.resolve(FILE_NAME);
            if (HELD_HERE.contains(directory)) {
                throw busy(directory, kind, "this process");
            }
            FileChannel channel = null;
            try {
                channel = FileChannel.open(file, OPTIONS, PRIVATE);
                if (channel.tryLock() == null) {
                    throw busy(directory, kind, holder(channel));
                }
                String content = ProcessHandle.current().pid() + " " + Instant.now().truncatedTo(ChronoUnit.SECONDS)
                    + "\n";
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII)), 0);
                HELD_HERE.add(directory);
                return new DirectoryLock(directory, channel);
            } catch (AccessDeniedException e) {
                throw new ErrnoException(Errno.EACCES, "cannot lock " + file + ": permission denied", e);
            } catch (IOException e) {
                throw new ErrnoException(Errno.EIO, "cannot lock " + file + ": " + e, e);
            } finally {
                // Left open, it would keep this process from ever trying again.
                if (!HELD_HERE.contains(directory)) {
                    CloseHelper.quietClose(channel);
                }
            }
        }
    }

    /** The process that took a directory's lock last; 0 if that can't be told. It may have ended since. */
    static int lastHolder(Path directory) {
        try {
            return Integer.parseInt(Files.readString(directory.resolve(FILE_NAME)).split("\\s+")[0]);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        synchronized (HELD_HERE) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new ErrnoException(Errno.EIO, "cannot unlock " + directory + ": " + e, e);
            } finally {
                HELD_HERE.remove(directory);
            }
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(MAX_CONTENT_LENGTH);
        channel.read(content, 0);
        String[] fields = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).split("\\s+");
        return fields.length < 2 ? "another process" : "process " + fields[0] + " since " + fields[1];
    }

    private static ErrnoException busy(Path directory, String kind, String holder) {
        return new ErrnoException(Errno.EBUSY,
            "the " + kind + " directory " + directory + " is already served by " + holder);
    }
}
