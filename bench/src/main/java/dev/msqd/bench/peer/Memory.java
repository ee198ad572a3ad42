package dev.msqd.bench.peer;

import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Memory of the peers that need some. */
final class Memory {
    /** Two cache lines: the next one is fetched along. */
    static final int APART = 128;

    private Memory() {}

    /** Makes a file of zeros in shared memory, all of it touched. */
    static Link make(Site site, long length) throws IOException {
        Path file = Files.createTempFile(site.sharedMemory(), "memory-", "");
        int fd = LinuxFile.open(file, LinuxFile.O_RDWR, 0);
        try {
            LinuxFile.fallocate(fd, 0, length);
        } finally {
            LinuxFile.close(fd);
        }
        return new Link(file.toString(), () -> Files.delete(file));
    }

    /** Maps what {@link #make} made; the caller keeps the mapping. */
    static Mapping map(String address, int length) {
        int fd = LinuxFile.open(Path.of(address), LinuxFile.O_RDWR, 0);
        try {
            Mapping mapping = Mapping.shared(fd, 0, length, address);
            mapping.populateWrite(0, length);
            return mapping;
        } finally {
            LinuxFile.close(fd);
        }
    }

    /** Room for a message, in native memory as the kernel wants it. */
    static UnsafeBuffer newMessage(int length) {
        return new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, Long.BYTES));
    }
}
