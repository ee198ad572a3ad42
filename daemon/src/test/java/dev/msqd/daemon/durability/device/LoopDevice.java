package dev.msqd.daemon.durability.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file as a block device. */
public final class LoopDevice implements AutoCloseable {
    private static final int LOOP_MAJOR = 7;

    private final Path path;

    private LoopDevice(Path path) {
        this.path = path;
    }

    /** Attaches a file; the device node is made if it is missing, as in a container. */
    public static LoopDevice attach(Path file) throws IOException {
        Program.require("losetup", "mount");
        Path free = Path.of(Program.run("losetup", "--find"));
        if (Files.notExists(free)) {
            Program.run("mknod", free, "b", LOOP_MAJOR, free.getFileName().toString().substring("loop".length()));
        }
        return new LoopDevice(Path.of(Program.run("losetup", "--find", "--show", file)));
    }

    public Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        Program.run("losetup", "--detach", path);
    }
}
