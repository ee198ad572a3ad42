package dev.msqd.daemon.journal;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The real thing: files in a directory, named by their numbers in ten digits, such as {@code 0000000001.log}; for the
 * owner alone. One thread at a time.
 */
public final class DiskStorage implements LogStorage {
    private static final Pattern NAME = Pattern.compile("[0-9]{10}\\.log");
    private static final int MODE = 0600;

    private final Path directory;
    private boolean parentSynced;

    private DiskStorage(Path directory) {
        this.directory = directory;
    }

    /** @param directory need not exist: the first {@link #create} makes it, and those above it. */
    public static DiskStorage at(Path directory) {
        return new DiskStorage(directory.toAbsolutePath());
    }

    @Override
    public int[] list() {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString())
                .filter(name -> NAME.matcher(name).matches())
                .mapToLong(name -> Long.parseLong(name.substring(0, 10)))
                .filter(number -> number >= 1 && number <= Integer.MAX_VALUE)
                .mapToInt(number -> (int) number)
                .sorted().toArray();
        } catch (NoSuchFileException e) {
            return new int[0];
        } catch (IOException e) {
            throw failure("list " + directory, e);
        }
    }

    @Override
    public LogFile create(int number) {
        int flags = LinuxFile.O_CREAT | LinuxFile.O_EXCL | LinuxFile.O_RDWR;
        try {
            return new DiskFile(LinuxFile.open(path(number), flags, MODE));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        makeDirectory();
        return new DiskFile(LinuxFile.open(path(number), flags, MODE));
    }

    @Override
    public LogFile open(int number) {
        return new DiskFile(LinuxFile.open(path(number), LinuxFile.O_RDONLY, 0));
    }

    @Override
    public void delete(int number) {
        try {
            Files.delete(path(number));
        } catch (IOException e) {
            throw failure("delete " + path(number), e);
        }
    }

    @Override
    public void syncDirectory() {
        try {
            DurableDirectory.sync(directory);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return; // it holds nothing, and whoever makes it syncs that
            }
            throw e;
        }
        if (!parentSynced) { // it may have been made by a process that was killed before it could sync that
            DurableDirectory.sync(directory.getParent());
            parentSynced = true;
        }
    }

    @Override
    public String name() {
        return directory.toString();
    }

    /** Deletes all files and the directory itself. */
    public void remove() {
        for (int number : list()) {
            delete(number);
        }
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw failure("delete " + directory, e);
        }
    }

    private Path path(int number) {
        return directory.resolve(String.format("%010d.log", number));
    }

    private void makeDirectory() {
        if (Files.isDirectory(directory)) {
            return; // its name is synced with what comes into it
        }
        try {
            DurableDirectory.make(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw failure("make directory " + directory, e);
        }
    }

    /** The JDK keeps the number to itself, but for those that have a class; a full disk it tells in words. */
    private static ErrnoException failure(String doing, IOException e) {
        int errno = switch (e) {
            case NoSuchFileException missing -> Errno.ENOENT;
            case FileAlreadyExistsException there -> Errno.EEXIST;
            case AccessDeniedException denied -> Errno.EACCES;
            case NotDirectoryException file -> Errno.ENOTDIR;
            case DirectoryNotEmptyException full -> Errno.EBUSY;
            default -> String.valueOf(e.getMessage()).endsWith("No space left on device") ? Errno.ENOSPC : Errno.EIO;
        };
        return new ErrnoException(errno, doing + ": " + Errno.text(errno) + " (" + e.getMessage() + ")", e);
    }

    /** A descriptor: a channel would be closed when its thread is interrupted. */
    private static final class DiskFile implements LogFile {
        private final int fd;
        private boolean closed;

        private DiskFile(int fd) {
            this.fd = fd;
        }

        @Override
        public long length() {
            return LinuxFile.size(fd);
        }

        @Override
        public void read(ByteBuffer into, long offset) {
            LinuxFile.read(fd, into, offset);
        }

        @Override
        public void write(ByteBuffer from, long offset) {
            LinuxFile.write(fd, from, offset);
        }

        @Override
        public void sync() {
            LinuxFile.fdatasync(fd);
        }

        /** What was to be on disk has been synced: an error of close(2) tells nothing. */
        @Override
        public void close() {
            if (!closed) {
                closed = true;
                LinuxFile.close(fd);
            }
        }
    }
}
