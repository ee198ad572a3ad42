package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.daemon.journal.LogFile;
import dev.msqd.daemon.journal.LogStorage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A queue's directory on a disk that is full at will, or whose syncs fail. */
final class CrampedStorage implements LogStorage {
    private final LogStorage disk;
    private final Path directory;
    private final Consumer<Path> beforeSync;
    /** Bytes that files may still grow by. */
    private long room = Long.MAX_VALUE;
    private int syncErrno;
    private int deleteErrno;
    private int createErrno;
    private int created;
    private Runnable beforeDelete = () -> {};

    CrampedStorage(Path directory) {
        this(directory, path -> {});
    }

    /** @param beforeSync is given the directory before a file is synced */
    CrampedStorage(Path directory, Consumer<Path> beforeSync) {
        this.disk = DiskStorage.at(directory);
        this.directory = directory;
        this.beforeSync = beforeSync;
    }

    void room(long bytes) {
        room = bytes;
    }

    long room() {
        return room;
    }

    /** What syncs of files end with from now on; 0: they don't fail. */
    void failSyncs(int errno) {
        syncErrno = errno;
    }

    /** What deletions of files end with from now on; 0: they don't fail. */
    void failDeletes(int errno) {
        deleteErrno = errno;
    }

    /** What the making of files ends with from now on; 0: it doesn't fail. */
    void failCreates(int errno) {
        createErrno = errno;
    }

    /** What to do before each deletion of a file. */
    void beforeDelete(Runnable doing) {
        beforeDelete = doing;
    }

    /** How many files were made. */
    int created() {
        return created;
    }

    /** Length of all files. */
    long bytes() {
        long bytes = 0;
        for (int number : disk.list()) {
            try (LogFile file = disk.open(number)) {
                bytes += file.length();
            }
        }
        return bytes;
    }

    @Override
    public int[] list() {
        return disk.list();
    }

    @Override
    public LogFile create(int number) {
        check(createErrno, "making of a file");
        created++;
        return new CrampedFile(disk.create(number));
    }

    @Override
    public LogFile open(int number) {
        return disk.open(number);
    }

    @Override
    public void delete(int number) {
        beforeDelete.run();
        check(deleteErrno, "deletion of a file");
        long length;
        try (LogFile file = disk.open(number)) {
            length = file.length();
        }
        disk.delete(number);
        room = room == Long.MAX_VALUE ? room : room + length;
    }

    @Override
    public void syncDirectory() {
        disk.syncDirectory();
    }

    @Override
    public String name() {
        return disk.name();
    }

    private void check(int errno, String what) {
        if (errno != 0) {
            throw new ErrnoException(errno, what + " in " + name());
        }
    }

    private final class CrampedFile implements LogFile {
        private final LogFile file;

        CrampedFile(LogFile file) {
            this.file = file;
        }

        @Override
        public long length() {
            return file.length();
        }

        @Override
        public void read(ByteBuffer into, long offset) {
            file.read(into, offset);
        }

        @Override
        public void write(ByteBuffer from, long offset) {
            long growth = Math.max(0, offset + from.remaining() - file.length());
            if (growth > room) {
                throw new ErrnoException(Errno.ENOSPC, "no room in " + name());
            }
            room = room == Long.MAX_VALUE ? room : room - growth;
            file.write(from, offset);
        }

        @Override
        public void sync() {
            beforeSync.accept(directory);
            check(syncErrno, "sync of a file");
            file.sync();
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
