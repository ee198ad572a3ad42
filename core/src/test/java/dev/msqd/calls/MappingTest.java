package dev.msqd.calls;

import static dev.msqd.calls.TestSupport.assertErrno;
import static dev.msqd.calls.TestSupport.assertExit;
import static dev.msqd.calls.TestSupport.assertLine;
import static dev.msqd.calls.TestSupport.assertMentions;
import static dev.msqd.calls.TestSupport.awaitTrue;
import static dev.msqd.calls.TestSupport.succeeds;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MappingTest {
    private static final int PAGE = Mapping.pageSize();
    /** So long that nothing else of this process will ever cover it. */
    private static final long FAR = 64L << 30;

    @TempDir
    Path directory;
    private Path file;
    private int fd;

    @BeforeEach
    void open() {
        file = directory.resolve("mapped");
        fd = LinuxFile.open(file, LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
    }

    @AfterEach
    void close() {
        LinuxFile.close(fd);
    }

    private int firstWordOfFile() throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder()).getInt(0);
    }

    @Test
    void pagesBeyondTheEndBecomeUsableAsTheFileGrows() throws IOException {
        try (Mapping mapping = Mapping.shared(fd, 0, 1L << 32, "growing")) {
            assertEquals(1L << 32, mapping.length());
            UnsafeBuffer second = mapping.buffer(PAGE, PAGE);
            LinuxFile.fallocate(fd, 0, 2L * PAGE);
            second.putInt(8, 42);
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
            assertEquals(42, bytes.getInt(PAGE + 8));
            assertEquals(2 * PAGE, bytes.capacity());
        }
    }

    @Test
    void touchingPagesBeyondTheEndIsAnErrorThatTheJvmSurvives() {
        try (Mapping mapping = Mapping.shared(fd, 0, FAR, "empty")) {
            MemorySegment segment = mapping.segment();
            assertThrows(InternalError.class, () -> touch(segment));
        }
    }

    private static int touch(MemorySegment segment) throws InterruptedException {
        int seen = segment.get(JAVA_INT, 0);
        Thread.sleep(1); // the JVM throws at the next safepoint at the latest
        return seen;
    }

    @Test
    void twoMappingsShowTheSameFileFromTheirOffsets() {
        LinuxFile.fallocate(fd, 0, 3L * PAGE);
        try (Mapping whole = Mapping.shared(fd, 0, 3L * PAGE, "whole");
            Mapping part = Mapping.shared(fd, PAGE, PAGE + 1, "part");
            Mapping readOnly = Mapping.sharedReadOnly(fd, PAGE, PAGE, "read-only")) {
            whole.buffer(0, 3 * PAGE).putLong(PAGE + 16, 1L << 40);
            assertEquals(1L << 40, part.buffer(16, 8).getLong(0));
            assertEquals(1L << 40, readOnly.buffer(0, PAGE).getLong(16));
            assertTrue(readOnly.segment().isReadOnly());
            assertEquals(part.address(), part.segment().address());
            assertEquals(part.address() + 16, part.buffer(16, 8).addressOffset());
        }
    }

    @Test
    void mappingOutlivesItsDescriptor() throws IOException {
        int other = LinuxFile.open(file, LinuxFile.O_RDWR, 0);
        LinuxFile.fallocate(other, 0, PAGE);
        try (Mapping mapping = Mapping.shared(other, 0, PAGE, "without descriptor")) {
            LinuxFile.close(other);
            mapping.buffer(0, PAGE).putInt(0, 5);
            assertEquals(5, firstWordOfFile());
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertMentions("map odd: 10 bytes at 8; ", assertErrno(Errno.EINVAL, () -> Mapping.shared(fd, 8, 10, "odd")));
        assertErrno(Errno.EINVAL, () -> Mapping.shared(fd, 0, 0, "empty"));
        assertErrno(Errno.EBADF, () -> Mapping.shared(-1, 0, 1, "nothing"));
        assertMentions("huge", assertErrno(Errno.ENOMEM, () -> Mapping.shared(fd, 0, 1L << 57, "huge")));
        int readFd = LinuxFile.open(file, LinuxFile.O_RDONLY, 0);
        assertErrno(Errno.EACCES, () -> Mapping.shared(readFd, 0, PAGE, "unwritable"));
        LinuxFile.close(readFd);
        try (Mapping mapping = Mapping.shared(fd, 0, 100, "short")) {
            assertMentions("short: 8 bytes at 93 of a mapping of 100 bytes",
                assertThrows(IndexOutOfBoundsException.class, () -> mapping.buffer(93, 8)));
            assertThrows(IndexOutOfBoundsException.class, () -> mapping.buffer(-1, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> mapping.buffer(0, -1));
            assertThrows(IndexOutOfBoundsException.class, () -> mapping.populateWrite(Long.MAX_VALUE, 2));
        }
    }

    @Test
    void useAfterCloseMeetsZeroPagesAndLeavesTheFileAlone() throws IOException {
        LinuxFile.fallocate(fd, 0, 2L * PAGE);
        Mapping mapping = Mapping.shared(fd, 0, FAR, "closed");
        UnsafeBuffer buffer = mapping.buffer(0, 2 * PAGE);
        UnsafeBuffer beyond = mapping.buffer(FAR - PAGE, PAGE);
        MemorySegment segment = mapping.segment();
        buffer.putInt(0, 1);
        mapping.close();
        mapping.close();

        System.gc();
        assertEquals(0, buffer.getInt(0));
        assertEquals(0, beyond.getInt(0));
        buffer.putInt(0, 7);
        beyond.putInt(PAGE - 4, 8);
        segment.set(JAVA_INT, PAGE, 9);
        assertTrue(buffer.compareAndSetInt(4, 0, 10));
        System.gc();
        assertEquals(7, buffer.getInt(0));
        assertEquals(8, beyond.getInt(PAGE - 4));
        assertEquals(9, buffer.getInt(PAGE));
        assertEquals(1, firstWordOfFile());
        assertMentions("closed is closed", assertThrows(IllegalStateException.class, mapping::segment));
        assertThrows(IllegalStateException.class, () -> mapping.buffer(0, 8));
    }

    @Test
    void readOnlyMappingReadsZerosAfterClose() {
        LinuxFile.fallocate(fd, 0, PAGE);
        try (Mapping writing = Mapping.shared(fd, 0, PAGE, "writing")) {
            Mapping reading = Mapping.sharedReadOnly(fd, 0, PAGE, "reading");
            UnsafeBuffer buffer = reading.buffer(0, PAGE);
            writing.buffer(0, PAGE).putInt(0, 3);
            assertEquals(3, buffer.getInt(0));
            reading.close();
            assertEquals(0, buffer.getInt(0));
        }
    }

    @Test
    void otherThreadsMayStoreThroughAClose() throws Exception {
        LinuxFile.fallocate(fd, 0, PAGE);
        try (Mapping watching = Mapping.shared(fd, 0, PAGE, "watching")) {
            UnsafeBuffer inFile = watching.buffer(0, PAGE);
            for (int round = 0; round < 50; round++) {
                Mapping mapping = Mapping.shared(fd, 0, PAGE, "stored to");
                UnsafeBuffer buffer = mapping.buffer(0, PAGE);
                AtomicInteger phase = new AtomicInteger();
                Thread storing = new Thread(() -> {
                    while (phase.get() < 2) {
                        buffer.getAndAddInt(0, 1);
                        phase.compareAndSet(0, 1);
                    }
                });
                storing.start();
                awaitTrue(() -> phase.get() == 1);
                mapping.close();
                int atClose = inFile.getIntVolatile(0);
                int own = buffer.getIntVolatile(0);
                awaitTrue(() -> buffer.getIntVolatile(0) != own);
                assertEquals(atClose, inFile.getIntVolatile(0));
                phase.set(2);
                storing.join();
            }
        }
    }

    @Test
    void rangeIsGivenBackWhenNoBufferIsLeft() throws Exception {
        Mapping mapping = Mapping.shared(fd, 0, FAR, "collected");
        long address = mapping.address();
        UnsafeBuffer derived = new UnsafeBuffer(mapping.buffer(0, PAGE), 8, 16);
        mapping.close();
        mapping = null;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
            assertEquals(FAR, coveredBytes(address, FAR));
            derived.putInt(0, i);
            assertEquals(i, derived.getInt(0));
        }
        Reference.reachabilityFence(derived);
        derived = null;
        awaitTrue(() -> {
            System.gc();
            return coveredBytes(address, FAR) < FAR;
        });
    }

    @Test
    void neverClosedMappingIsGivenBackToo() throws Exception {
        MemorySegment slice = Mapping.shared(fd, 0, FAR, "forgotten").segment().asSlice(PAGE, PAGE);
        long address = slice.address() - PAGE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(20);
            assertTrue(mapsOf(file));
        }
        Reference.reachabilityFence(slice);
        slice = null;
        awaitTrue(() -> {
            System.gc();
            return coveredBytes(address, FAR) < FAR;
        });
        assertFalse(mapsOf(file));
    }

    private static boolean mapsOf(Path path) {
        return maps().stream().anyMatch(line -> line.endsWith(path.toString()));
    }

    private static long coveredBytes(long address, long length) {
        long covered = 0;
        for (String line : maps()) {
            long begin = Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
            long end = Long.parseUnsignedLong(line.substring(line.indexOf('-') + 1, line.indexOf(' ')), 16);
            covered += begin < 0 ? 0 : Math.max(0, Math.min(end, address + length) - Math.max(begin, address));
        }
        return covered;
    }

    private static List<String> maps() {
        try {
            return Files.readAllLines(Path.of("/proc/self/maps"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void populateWriteBringsInReservedPagesAndNoOthers() throws Exception {
        assumeTrue(succeeds("sh", "-c", "[ \"$(uname -r | cut -d. -f1)\" -ge 6 ]"), "needs MADV_POPULATE_WRITE");
        LinuxFile.fallocate(fd, 0, 4L * PAGE);
        try (Mapping mapping = Mapping.shared(fd, 0, 64L * PAGE, "populated")) {
            UnsafeBuffer buffer = mapping.buffer(0, 4 * PAGE);
            buffer.putInt(PAGE, 11);
            assertEquals(1, residentPages());
            assertTrue(mapping.populateWrite(PAGE + 5, 2L * PAGE));
            assertEquals(3, residentPages());
            assertEquals(11, buffer.getInt(PAGE));
            assertFalse(mapping.populateWrite(5L * PAGE, PAGE));
            assertTrue(mapping.populateWrite(0, 0));
        }
    }

    /** Pages of the file that this process has in its page table, in pages. */
    private long residentPages() throws IOException {
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.contains("-") && !line.contains(":  ")) {
                ours = line.endsWith(file.toString());
            } else if (ours && line.startsWith("Rss:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024 / PAGE;
            }
        }
        return 0;
    }

    @Test
    void closesBeyondTheLimitOnPrivateMemory() throws Exception {
        LinuxFile.fallocate(fd, 0, PAGE);
        Process child = TestSupport.child(
            List.of("sh", "-c", "ulimit -d 4000000 && exec \"$@\"", "sh"), "close-at-data-limit", file.toString());
        try (BufferedReader lines = child.inputReader()) {
            assertLine("closed 0 0", lines);
            assertLine("stored 77 78", lines);
            assertExit(0, child);
        }
        assertEquals(0, firstWordOfFile());
    }

    @Test
    void closesWithoutAddressSpaceAndAFailedCloseLeavesTheFileMappedAndMayBeTriedAgain() throws Exception {
        LinuxFile.fallocate(fd, 0, PAGE);
        Process child = TestSupport.child("close-at-address-limit", file.toString());
        try (BufferedReader lines = child.inputReader()) {
            assertLine("EBADF", lines);
            assertLine("closed", lines);
            assertLine("EMFILE", lines);
            assertLine("closed 0, other 78", lines);
            assertExit(0, child);
        }
        assertEquals(1, firstWordOfFile());
    }
}
