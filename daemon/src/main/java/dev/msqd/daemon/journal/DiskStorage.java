package dev.msqd.daemon.journal;

import java.nio.file.Path;

/** The real thing: files in a directory, named by their numbers in ten digits: {@code 0000000001.log}. Any thread may call. */
public final class DiskStorage implements LogStorage {
    private DiskStorage() {}

    /** @param directory need not exist: the first {@link #create} makes it. */
    public static DiskStorage at(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int[] list() {
        throw new UnsupportedOperationException();
    }

    @Override
    public LogFile create(int number) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LogFile open(int number) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(int number) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void syncDirectory() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String name() {
        throw new UnsupportedOperationException();
    }
}
