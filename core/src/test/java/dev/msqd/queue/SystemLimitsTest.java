package dev.msqd.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link SystemLimits} does with descriptors that it can't use. */
class SystemLimitsTest {
    @TempDir
    private Path folder;

    private static int open(Path file, int flags) {
        return LinuxFile.open(file, flags | LinuxFile.O_CLOEXEC, 0);
    }

    private long mappings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(map -> map.contains(folder.toString())).count();
        }
    }

    private long descriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(this::isOurs).count();
        }
    }

    private boolean isOurs(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).startsWith(folder);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    @Test
    void whatWasAdoptedInVainIsLetGo() throws IOException {
        SystemLimits.serve(folder).close();
        Path limits = folder.resolve("limits");
        Path messages = folder.resolve("messages");
        Files.write(messages, new byte[(int) Files.size(messages)]);
        int limitsFd = open(limits, LinuxFile.O_RDONLY);
        int messagesFd = open(messages, LinuxFile.O_RDWR);
        assertEquals(2, descriptors());
        ErrnoException e = assertThrows(ErrnoException.class, () -> SystemLimits.adopt(limitsFd, messagesFd));
        assertEquals(Errno.EIO, e.errno());
        assertEquals(0, mappings());
        assertEquals(0, descriptors());
    }
}
