package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.daemon.journal.DiskStorage;
import dev.msqd.daemon.journal.LogFile;
import dev.msqd.daemon.journal.LogStorage;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A queue's directory on a disk that is full at will, or whose syncs fail. */
final class CrampedStorage implements LogStorage {
    private final LogStorage disk;
    /** Bytes that files may still grow by. */
    private long room = Long.MAX_VALUE;
    private int syncErrno;

    CrampedStorage(Path directory) {
        disk = DiskStorage.at(directory);
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
        return new CrampedFile(disk.create(number));
    }

    @Override
    public LogFile open(int number) {
        return disk.open(number);
    }

    @Override
    public void delete(int number) {
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
            if (syncErrno != 0) {
                throw new ErrnoException(syncErrno, "sync of a file in " + name());
            }
            file.sync();
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
