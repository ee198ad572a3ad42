package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A mounted file system whose device logs every write and flush. */
public final class LoggedDevice implements AutoCloseable {
    /** Sparse: what is not written takes no room. */
    private static final long MAX_LOG_LENGTH = 16L << 30;
    /** The tearing of sectors is tried, so the log must tell them apart. */
    private static final int SECTOR_LENGTH = 512;

    private final Path start;
    private final WriteLog log;
    private final Mount mount;
    private final Closing parts;

    private LoggedDevice(Path start, WriteLog log, Mount mount, Closing parts) {
        this.start = start;
        this.log = log;
        this.mount = mount;
        this.parts = parts;
    }

    /** Makes a device and a file system on it, and mounts it; all files are in the folder. */
    public static LoggedDevice make(FileSystem fileSystem, Path folder) throws IOException {
        Path disk = folder.resolve("disk");
        Path log = folder.resolve("writes");
        Path start = folder.resolve("start");
        makeFile(disk, fileSystem.length());
        makeFile(log, MAX_LOG_LENGTH);
        fileSystem.make(disk);
        Program.run("cp", "--sparse=always", disk, start);
        Closing parts = new Closing();
        boolean made = false;
        try {
            // The superblock, that is the number of entries, is written with each: it is the trial's clock.
            StorageDaemon daemon = parts.add(StorageDaemon.start(folder.resolve("device"), "top", fileSystem.length(),
                List.of("--blockdev", "driver=file,node-name=disk,cache.no-flush=on,filename=" + disk,
                    "--blockdev", "driver=file,node-name=writes,cache.no-flush=on,filename=" + log,
                    "--blockdev", "driver=blklogwrites,node-name=top,file=disk,log=writes,log-sector-size="
                        + SECTOR_LENGTH + ",log-super-update-interval=1")));
            LoopDevice loop = parts.add(LoopDevice.attach(daemon.export()));
            WriteLog writes = new WriteLog(log);
            Mount mount =
                parts.add(fileSystem.mount(loop, Files.createDirectory(folder.resolve("mounted"))));
            made = true;
            return new LoggedDevice(start, writes, mount, parts);
        } finally {
            if (!made) {
                parts.close();
            }
        }
    }

    static void makeFile(Path path, long length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
    }

    /** Where it is mounted. */
    public Path path() {
        return mount.path();
    }

    /** What it held when logging began. */
    public Path start() {
        return start;
    }

    /** What was written to it since. Stays readable when the device is closed. */
    public WriteLog log() {
        return log;
    }

    /** Unmounts it. */
    @Override
    public void close() throws IOException {
        parts.close();
    }
}
