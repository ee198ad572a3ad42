package dev.msqd.bench.peer;

import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** A named pipe, as large as it may be made. */
final class PipePeer implements Peer {
    private static final int MODE = 0600;
    private static final int O_NONBLOCK = 0x800;
    private static final int F_SETPIPE_SZ = 1031;
    private static final MethodHandle MKFIFO = Native.function("mkfifo");
    private static final MethodHandle FCNTL = Native.variadic("fcntl", 2);

    @Override
    public String label() {
        return "pipe";
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        Path path = site.newPath("pipe-");
        try (Arena arena = Arena.ofConfined()) {
            Native.call(MKFIFO, "mkfifo " + path, arena.allocateFrom(path.toString()).address(), MODE);
        }
        return new Link(path.toString(), () -> Files.delete(path));
    }

    /** Both ends open it for both directions: so neither waits for the other to open it, and there is no end of file. */
    @Override
    public Line open(String address, End end, Shape shape) {
        int fd = LinuxFile.open(Path.of(address), LinuxFile.O_RDWR | (shape.polling() ? O_NONBLOCK : 0), 0);
        Native.call(FCNTL, "F_SETPIPE_SZ", fd, F_SETPIPE_SZ, Math.min(shape.capacity(), Shape.CAPACITY));
        return new DescriptorLine(fd, shape.length());
    }
}
