package dev.msqd.daemon.journal;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;

/**
 * Directories whose names are on disk. A new directory, file or name of a file is there for certain when the directory that it is in was synced; that
 * the usual file systems write it with the file's own sync is nothing that POSIX promises. Any thread.
 */
public final class DurableDirectory {
    private DurableDirectory() {}

    /**
     * Makes a directory, and those above it, unless it is there; then its name is on disk.
     *
     * @throws IOException    there is a file in its place, or the file system refuses
     * @throws ErrnoException of a sync
     */
    public static void make(Path directory, FileAttribute<?>... attributes) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (Files.isDirectory(directory)) {
            syncName(parent);
            return;
        }
        make(parent, attributes);
        try {
            Files.createDirectory(directory, attributes);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) { // else another thread or process made it just now
                throw e;
            }
        }
        sync(parent);
    }

    /**
     * Of a directory that is there: it may have been made by a process that was killed before it could do this. Most were made by others, in
     * places that may not be read or know no sync.
     */
    private static void syncName(Path parent) {
        if (parent == null) {
            return;
        }
        try {
            sync(parent);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EIO) {
                throw e;
            }
        }
    }

    /**
     * What names are in it is on disk.
     *
     * @throws ErrnoException ENOENT: it is not there; or of fsync(2)
     */
    public static void sync(Path directory) {
        int fd = LinuxFile.open(directory, LinuxFile.O_RDONLY | LinuxFile.O_DIRECTORY, 0);
        try {
            LinuxFile.fsync(fd);
        } finally {
            LinuxFile.close(fd);
        }
    }
}
