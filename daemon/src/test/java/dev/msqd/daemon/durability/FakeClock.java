package dev.msqd.daemon.durability;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A real-time clock for other processes that can be set while they run: Debian's libfaketime between them and the C library. Their
 * monotonic clock goes on as it does, and so does the machine's.
 */
final class FakeClock {
    private final Path offset;
    private final Path library;

    /** @param offset a file that says how far this clock is from the machine's. */
    FakeClock(Path offset) throws IOException {
        this.offset = offset;
        this.library = library();
        set("+0");
    }

    /** Sets the clock of all processes that have it, within a second or two, to the machine's and so much: {@code +10y}, {@code -3d}. */
    void set(String difference) throws IOException {
        Path file = offset.resolveSibling(offset.getFileName() + ".new");
        Files.writeString(file, difference + "\n");
        Files.move(file, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Gives it to a process that is not yet started. */
    ProcessBuilder giveTo(ProcessBuilder process) {
        process.environment().putAll(Map.of(
            "LD_PRELOAD", library.toString(),
            "FAKETIME_TIMESTAMP_FILE", offset.toString(),
            "FAKETIME_CACHE_DURATION", "1",
            "FAKETIME_DONT_FAKE_MONOTONIC", "1"));
        return process;
    }

    /** Deletes what the library leaves when its process is killed. */
    static void forget(long pid) throws IOException {
        Files.deleteIfExists(Path.of("/dev/shm/faketime_shm_" + pid));
        Files.deleteIfExists(Path.of("/dev/shm/sem.faketime_sem_" + pid));
    }

    private static Path library() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1")).filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no faketime/libfaketimeMT.so.1 in a folder of /usr/lib; install "
                    + "Debian's package libfaketime (apt-get install --no-install-recommends libfaketime)"));
        }
    }
}
