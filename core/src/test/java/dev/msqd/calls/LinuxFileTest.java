package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertMentions;
import static dev.msqd.calls.TestSupport.isRoot;
import static dev.msqd.calls.TestSupport.succeeds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinuxFileTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;
    private Path file;
    private int fd;

    @BeforeEach
    void open() {
        file = directory.resolve("file");
        fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT | LinuxFile.O_EXCL, 0600);
    }

    @AfterEach
    void close() {
        LinuxFile.close(fd);
    }

    @Test
    void openCreatesWithItsModeAndClosesOnExec() throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).get(1);
        int value = Integer.parseInt(flags.substring(flags.indexOf(':') + 1).trim(), 8);
        assertEquals(LinuxFile.O_CLOEXEC, value & LinuxFile.O_CLOEXEC);
        assertEquals(LinuxFile.O_RDWR, value & 3);
    }

    @Test
    void openTellsWhatItCouldNotOpen() throws IOException {
        ErrnoException missing = assertErrno(Errno.ENOENT,
            () -> LinuxFile.open(directory.resolve("missing"), LinuxFile.O_RDWR, 0));
        assertEquals("ENOENT: open " + directory.resolve("missing") + ": does not exist", missing.getMessage());
        assertErrno(Errno.EEXIST,
            () -> LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT | LinuxFile.O_EXCL, 0600));
        assertErrno(Errno.ENOTDIR, () -> LinuxFile.open(file, LinuxFile.O_DIRECTORY, 0));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertErrno(Errno.ELOOP, () -> LinuxFile.open(link, LinuxFile.O_NOFOLLOW, 0));
        LinuxFile.close(LinuxFile.open(directory, LinuxFile.O_DIRECTORY | LinuxFile.O_PATH, 0));
    }

    @Test
    void openTakesNamesBeyondAscii() {
        Path odd;
        try {
            odd = directory.resolve("Größe ✓");
        } catch (RuntimeException e) {
            assumeTrue(false, "file names are ASCII in this locale");
            return;
        }
        LinuxFile.close(LinuxFile.open(odd, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600));
        assertTrue(Files.exists(odd));
    }

    @Test
    void fallocateReservesAndPunchingGivesBack() throws Exception {
        for (Path place : new Path[] {directory, Path.of("/dev/shm")}) {
            Path sparse = Files.createTempFile(place, "msqd-test", null);
            try {
                int sparseFd = LinuxFile.open(sparse, LinuxFile.O_RDWR, 0);
                LinuxFile.fallocate(sparseFd, 0, MIB);
                LinuxFile.fallocate(sparseFd, 4L * MIB, MIB);
                assertEquals(5L * MIB, LinuxFile.size(sparseFd));
                long reserved = allocatedBytes(sparse);
                assertTrue(reserved >= 2 * MIB && reserved < 3 * MIB, place + ": " + reserved);
                try (Mapping mapping = Mapping.shared(sparseFd, 0, 5L * MIB, "sparse")) {
                    mapping.buffer(0, MIB).setMemory(0, MIB, (byte) 1);
                }
                LinuxFile.fallocate(sparseFd, 0, MIB); // what is there stays
                assertEquals(1, Files.readAllBytes(sparse)[MIB - 1]);

                LinuxFile.punchHole(sparseFd, 0, MIB);
                assertEquals(reserved - MIB, allocatedBytes(sparse), place.toString());
                assertEquals(5L * MIB, LinuxFile.size(sparseFd));
                assertArrayEquals(new byte[5 * MIB], Files.readAllBytes(sparse));
                LinuxFile.close(sparseFd);
            } finally {
                Files.delete(sparse);
            }
        }
    }

    private static long allocatedBytes(Path path) throws Exception {
        Process stat = TestSupport.start("stat", "-c", "%b", path.toString());
        String blocks = new String(stat.getInputStream().readAllBytes()).trim();
        assertEquals(0, stat.waitFor());
        return Long.parseLong(blocks) * 512;
    }

    @Test
    void fullFileSystemGivesEnospcAndServesAgainOnceThereIsSpace() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("small"));
        assumeTrue(isRoot() && succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "msqd-test", mount.toString()),
            "needs the right to mount");
        int full = -1;
        try {
            Path fullPath = mount.resolve("full");
            int smallFd = LinuxFile.open(fullPath, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
            full = smallFd;
            LinuxFile.fallocate(smallFd, 0, MIB / 2);
            ErrnoException e = assertErrno(Errno.ENOSPC, () -> LinuxFile.fallocate(smallFd, MIB / 2, MIB));
            assertMentions(fullPath + "), " + MIB + " bytes at " + MIB / 2, e);
            assertEquals(MIB / 2, LinuxFile.size(smallFd));
            LinuxFile.punchHole(smallFd, 0, MIB / 2);
            LinuxFile.fallocate(smallFd, MIB / 2, MIB);
            assertEquals(MIB + MIB / 2, LinuxFile.size(smallFd));
        } finally {
            if (full >= 0) {
                LinuxFile.close(full);
            }
            assertTrue(succeeds("umount", mount.toString()));
        }
    }

    @Test
    void fileSystemThatCannotReserveIsNamed() {
        Path proc = Path.of("/proc/self/oom_score_adj");
        int procFd = LinuxFile.open(proc, LinuxFile.O_RDWR, 0);
        try {
            ErrnoException e = assertErrno(Errno.EOPNOTSUPP, () -> LinuxFile.fallocate(procFd, 0, 4096));
            assertMentions("oom_score_adj), 4096 bytes at 0: this file system cannot reserve space", e);
        } finally {
            LinuxFile.close(procFd);
        }
    }

    @Test
    void badRangesAndDescriptorsAreErrors() {
        assertErrno(Errno.EINVAL, () -> LinuxFile.fallocate(fd, 0, 0));
        assertErrno(Errno.EINVAL, () -> LinuxFile.punchHole(fd, -1, 10));
        assertErrno(Errno.EINVAL, () -> LinuxFile.truncate(fd, -1));
        assertErrno(Errno.EBADF, () -> LinuxFile.size(-1));
        assertErrno(Errno.EBADF, () -> LinuxFile.dup(-1));
        assertErrno(Errno.EBADF, () -> LinuxFile.fsync(-1));
        assertErrno(Errno.EBADF, () -> LinuxFile.fdatasync(-1));
        assertErrno(Errno.EBADF, () -> LinuxFile.close(-1));
    }

    @Test
    void truncateSetsTheSize() {
        LinuxFile.truncate(fd, 5L << 32);
        assertEquals(5L << 32, LinuxFile.size(fd));
        LinuxFile.truncate(fd, 10);
        assertEquals(10, LinuxFile.size(fd));
    }

    @Test
    void syncsWhatIsThere() throws IOException {
        Files.write(file, new byte[100]);
        LinuxFile.fsync(fd);
        LinuxFile.fdatasync(fd);
        assertEquals(100, LinuxFile.size(fd));
    }

    @Test
    void writesAndReadsAtOffsets() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(10).put("0123456789".getBytes(StandardCharsets.US_ASCII));
        LinuxFile.write(fd, bytes.limit(8).position(3), 5L << 32);
        assertEquals(8, bytes.position());
        assertEquals((5L << 32) + 5, LinuxFile.size(fd));
        LinuxFile.write(fd, bytes, 0); // nothing remains
        LinuxFile.write(fd, bytes.clear().limit(2), 0);

        ByteBuffer into = ByteBuffer.allocateDirect(10);
        assertEquals(5, LinuxFile.read(fd, into.position(1), 5L << 32), "as far as the file goes");
        assertEquals(6, into.position());
        assertEquals("34567", ascii(into.flip().position(1)));
        assertEquals(3, LinuxFile.read(fd, into.clear().limit(3), 0));
        assertEquals("01\0", ascii(into.flip()));
        assertEquals(0, LinuxFile.read(fd, into.clear(), 6L << 32));
    }

    @Test
    void writesWhileTheThreadIsInterrupted() {
        Thread.currentThread().interrupt();
        try {
            LinuxFile.write(fd, ByteBuffer.allocateDirect(MIB), 0);
            assertEquals(MIB, LinuxFile.read(fd, ByteBuffer.allocateDirect(2 * MIB), 0));
            LinuxFile.fdatasync(fd);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void writesAndReadsFailWithTheRangeInQuestion() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(16);
        assertMentions("write to fd " + fd + " (" + file + "), 16 bytes at -1",
            assertErrno(Errno.EINVAL, () -> LinuxFile.write(fd, bytes, -1)));
        assertMentions(", 16 bytes at -1", assertErrno(Errno.EINVAL, () -> LinuxFile.read(fd, bytes, -1)));
        assertErrno(Errno.EBADF, () -> LinuxFile.write(-1, bytes, 0));
        assertErrno(Errno.EBADF, () -> LinuxFile.read(-1, bytes, 0));
        assertEquals(0, bytes.position());
        assertThrows(IllegalArgumentException.class, () -> LinuxFile.write(fd, ByteBuffer.allocate(1), 0));
        assertThrows(IllegalArgumentException.class, () -> LinuxFile.read(fd, ByteBuffer.allocate(1), 0));
        int full = LinuxFile.open(Path.of("/dev/full"), LinuxFile.O_WRONLY, 0);
        try {
            assertErrno(Errno.ENOSPC, () -> LinuxFile.write(full, bytes, 0));
        } finally {
            LinuxFile.close(full);
        }
    }

    private static String ascii(ByteBuffer buffer) {
        return StandardCharsets.US_ASCII.decode(buffer).toString();
    }

    @Test
    void duplicateOutlivesTheFirst() {
        int first = LinuxFile.open(file, LinuxFile.O_RDWR, 0);
        int second = LinuxFile.dup(first);
        LinuxFile.close(first);
        assertErrno(Errno.EBADF, () -> LinuxFile.truncate(first, 1));
        LinuxFile.truncate(second, 3);
        LinuxFile.close(second);
        assertEquals(3, LinuxFile.size(fd));
    }
}
