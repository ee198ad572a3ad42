package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A mounted file system whose device logs every write and flush, and fails on request. One thread. */
public final class LoggedDevice implements AutoCloseable {
    /** Sparse: what is not written takes no room. */
    private static final long MAX_LOG_LENGTH = 16L << 30;
    /** The tearing of sectors is tried, so the log must tell them apart. */
    private static final int SECTOR_LENGTH = 512;

    private static final int MAX_ATTEMPTS = 1000;
    private static final String LOGGED = "logged";
    private static final String FAULTY = "faulty";
    private static final String TOP = "top";

    private final FileSystem fileSystem;
    private final Path start;
    private final Path mounted;
    private final Closing parts = new Closing();
    private LoopDevice loop;
    private WriteLog log;
    private Monitor monitor;
    private Mount mount;
    private boolean faulty;

    private LoggedDevice(FileSystem fileSystem, Path folder) throws IOException {
        this.fileSystem = fileSystem;
        this.start = folder.resolve("start");
        this.mounted = Files.createDirectory(folder.resolve("mounted"));
    }

    /** Makes a device and a file system on it, and mounts it; all files are in the folder. */
    public static LoggedDevice make(FileSystem fileSystem, Path folder) throws IOException {
        LoggedDevice device = new LoggedDevice(fileSystem, folder);
        boolean made = false;
        try {
            device.make(folder);
            made = true;
            return device;
        } finally {
            if (!made) {
                device.close();
            }
        }
    }

    private void make(Path folder) throws IOException {
        Path disk = folder.resolve("disk");
        Path writes = folder.resolve("writes");
        Path socket = folder.resolve("monitor");
        makeFile(disk, fileSystem.length());
        makeFile(writes, MAX_LOG_LENGTH);
        fileSystem.make(disk);
        Program.run("cp", "--sparse=always", disk, start);
        // The superblock, that is the number of entries, is written with each: it is the trial's clock.
        StorageDaemon daemon = parts.add(StorageDaemon.start(folder.resolve("device"), TOP, fileSystem.length(),
            List.of(
                "--chardev", "socket,id=monitor,server=on,wait=off,path=" + socket,
                "--monitor", "chardev=monitor",
                "--blockdev", "driver=file,node-name=disk,cache.no-flush=on,filename=" + disk,
                "--blockdev", "driver=file,node-name=writes,cache.no-flush=on,filename=" + writes,
                "--blockdev", "driver=blklogwrites,node-name=" + LOGGED + ",file=disk,log=writes,log-sector-size="
                    + SECTOR_LENGTH + ",log-super-update-interval=1",
                "--blockdev", "driver=raw,node-name=" + TOP + ",file=" + LOGGED)));
        monitor = parts.add(Monitor.connect(socket));
        log = new WriteLog(writes);
        loop = parts.add(LoopDevice.attach(daemon.export()));
        parts.add(this::unmount);
        mount();
    }

    private void mount() {
        mount = fileSystem.mount(loop, mounted);
    }

    private void unmount() {
        if (mount != null) {
            mount.close();
        }
    }

    /** Mounts it anew, as is needed after an error that the file system gave up at; nobody uses it at that moment. */
    public void remount() {
        unmount();
        mount();
    }

    /** Errors from here on; what fails does not reach the disk, nor the log. */
    public void fail(Fault fault) throws IOException {
        heal();
        monitor.execute("blockdev-add", "{\"driver\": \"blkdebug\", \"node-name\": \"" + FAULTY + "\", \"image\": \""
            + LOGGED + "\", " + fault.rules() + "}");
        faulty = true;
        passTo(FAULTY);
    }

    /** No errors from here on. */
    public void heal() throws IOException {
        if (faulty) {
            passTo(LOGGED);
            monitor.execute("blockdev-del", "{\"node-name\": \"" + FAULTY + "\"}");
            faulty = false;
        }
    }

    /** Changes what the device's top passes all requests to. What it passed to is flushed first, and that may have to fail. */
    private void passTo(String node) throws IOException {
        for (int attempt = 1;; attempt++) {
            try {
                monitor.execute("blockdev-reopen", "{\"options\": [{\"driver\": \"raw\", \"node-name\": \"" + TOP
                    + "\", \"file\": \"" + node + "\"}]}");
                return;
            } catch (IOException e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
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
        return mounted;
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
