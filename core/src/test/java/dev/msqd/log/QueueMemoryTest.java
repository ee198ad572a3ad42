package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.PLACES_OFFSET;
import static dev.msqd.layout.StateDescriptor.READY;
import static dev.msqd.layout.StateDescriptor.READY_OFFSET;
import static dev.msqd.layout.StateDescriptor.SEGMENT_LENGTH_OFFSET;
import static dev.msqd.log.HotQueue.SEGMENT_LENGTH;
import static dev.msqd.log.HotQueue.assertErrno;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class QueueMemoryTest {
    private Path folder;
    private Path file;

    @BeforeEach
    void make() {
        folder = HotQueue.temporaryFolder();
        file = QueueMemory.file(folder);
    }

    @AfterEach
    void remove() {
        HotQueue.delete(folder);
    }

    @Test
    void whatIsCreatedIsOpenedByOthers() {
        try (QueueMemory created = create(SEGMENT_LENGTH); QueueMemory opened = QueueMemory.open(folder)) {
            assertEquals(SEGMENT_LENGTH, opened.segmentLength());
            assertEquals(file.toString(), opened.what());
            QueueState state = opened.state();
            assertEquals(7, state.msqid());
            assertEquals(0x2A, state.key());
            assertEquals(11, state.uuidHigh());
            assertEquals(12, state.uuidLow());
            assertEquals(1000, state.uid());
            assertEquals(1001, state.gid());
            assertEquals(1002, state.cuid());
            assertEquals(1003, state.cgid());
            assertEquals(0640, state.mode());
            assertEquals(16384, state.qbytes());
            assertEquals(1_700_000_000L, state.ctimeSeconds());
            // R10: all else 0
            assertEquals(0, state.stimeSeconds());
            assertEquals(0, state.lspid());
            assertEquals(0, state.rtimeSeconds());
            assertEquals(0, state.lrpid());
            assertFalse(state.removed());

            created.wholeStateWords().putLong(4096 - 8, 0x1234);
            assertEquals(0x1234, opened.wholeStateWords().getLong(4096 - 8));
        }
    }

    @Test
    void whatADescriptorGivesIsTheSameMemory() {
        try (QueueMemory created = create(SEGMENT_LENGTH)) {
            created.allocate(3);
            try (QueueMemory adopted = QueueMemory.adopt(LinuxFile.dup(created.fd()), "queue 7")) {
                assertEquals("queue 7", adopted.what());
                adopted.segment(3).putInt(16, 42);
                assertEquals(42, created.segment(3).getInt(16));
            }
            assertFalse(created.isClosed());
            created.segment(3).putInt(16, 43);
        }
    }

    @Test
    void aFileBelongsToItsOwnerAloneAndTakesNoMoreThanItNeeds() throws IOException {
        try (QueueMemory created = create(SEGMENT_LENGTH)) {
            assertEquals(file.toString(), created.what());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertEquals(PLACES_OFFSET, Files.size(file));
            assertTrue(HotQueue.blocks(file) <= 128, () -> HotQueue.blocks(file) + " blocks for an empty queue");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1, 8192, 16384 - 8, 16384 + 8, 24576, Integer.MIN_VALUE, 1 << 30, Integer.MAX_VALUE})
    void aSegmentLengthOutOfRangeIsRefused(int length) throws IOException {
        ErrnoException e = assertErrno(Errno.EINVAL, () -> create(length));

        assertMentions(e, Integer.toString(length));
        assertMentions(e, "16384");
        assertMentions(e, "536870912");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void theLongestSegmentsCanBeHad() {
        try (QueueMemory created = create(QueueMemory.MAX_SEGMENT_LENGTH)) {
            assertEquals(1 << 29, created.segmentLength());
            assertEquals(1 << 29, created.windowOffset(1));
            assertTrue(created.isInFirstWindow(1));
            assertFalse(created.isInFirstWindow(2));
            assertEquals(0, created.windowOffset(2));
            assertEquals(65_535L << 29, created.address(65_535));
            assertEquals(65_535, created.placeOf(created.address(65_535) + 8));
            assertEquals(8, created.offsetOf(created.address(65_535) + 8));
        }
    }

    @Test
    void aQueueThatIsThereIsNotCreatedAgain() {
        try (QueueMemory created = create(SEGMENT_LENGTH)) {
            created.state().apply(1, 2, 0600, 99, 5);

            ErrnoException e = assertErrno(Errno.EEXIST, () -> create(SEGMENT_LENGTH));

            assertMentions(e, file.toString());
            try (QueueMemory opened = QueueMemory.open(folder)) {
                assertEquals(99, opened.state().qbytes());
            }
        }
    }

    @Test
    void aMissingFileIsNamed() {
        assertMentions(assertErrno(Errno.ENOENT, () -> QueueMemory.open(folder)), file.toString());
    }

    @Test
    void aFileThatIsSomethingElseIsNamed() throws IOException {
        try (RandomAccessFile other = new RandomAccessFile(file.toFile(), "rw")) {
            other.setLength(PLACES_OFFSET);
            assertRefused("not a queue's hot file");
            other.write("A long letter to somebody".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertRefused("not a queue's hot file");
        }
    }

    /** The ready word is written last: a file without it was never finished. */
    @Test
    void aFileThatWasNeverFinishedIsNamed() throws IOException {
        create(SEGMENT_LENGTH).close();
        patchLong(READY_OFFSET, 0);

        assertRefused("never finished");
    }

    @Test
    void anotherVersionIsNamedWithBothNumbers() throws IOException {
        create(SEGMENT_LENGTH).close();
        patchLong(READY_OFFSET, READY + 1);

        ErrnoException e = assertRefused("has version 8");
        assertMentions(e, "reads version 7");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4096, 8_388_607})
    void aFileCutShortIsNamed(long size) throws IOException {
        create(SEGMENT_LENGTH).close();
        cut(size);

        ErrnoException e = assertRefused("cut short");
        assertMentions(e, Long.toString(size));
        assertMentions(e, Integer.toString(PLACES_OFFSET));
    }

    /** Touching what is not there any more would be an InternalError in the middle of somebody's call. */
    @Test
    void aFileWhosePlacesAreCutShortIsNamed() throws IOException {
        try (HotQueue queue = new HotQueue()) {
            Party party = queue.join();
            for (int i = 0; i < 4; i++) {
                party.send(i, HotQueue.LONGEST);
            }
            queue.leave(party);
            file = queue.file();
            cut(PLACES_OFFSET + 3L * SEGMENT_LENGTH);

            ErrnoException e = assertErrno(Errno.EIO, () -> QueueMemory.open(queue.folder()).close());
            assertMentions(e, file.toString());
        }
    }

    /** The same where it ends in the middle of a long segment. */
    @Test
    void aFileWhoseLongSegmentIsCutShortIsNamed() throws IOException {
        try (HotQueue queue = new HotQueue()) {
            Party party = queue.join();
            party.send(0, HotQueue.LONGEST);
            party.send(1, 4 * SEGMENT_LENGTH - RecordDescriptor.HEADER_LENGTH);
            queue.leave(party);
            QueueMemory.open(queue.folder()).close();
            file = queue.file();
            cut(PLACES_OFFSET + 4L * SEGMENT_LENGTH);

            assertErrno(Errno.EIO, () -> QueueMemory.open(queue.folder()).close());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 8192, 12345, 24576, 1 << 30, Integer.MIN_VALUE})
    void aSegmentLengthThatCannotBeIsNamed(int length) throws IOException {
        create(SEGMENT_LENGTH).close();
        try (RandomAccessFile patched = new RandomAccessFile(file.toFile(), "rw")) {
            patched.seek(SEGMENT_LENGTH_OFFSET);
            patched.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
        }

        assertMentions(assertRefused("segment length"), Integer.toString(length));
    }

    @Test
    void aPlaceBeyondTheFirstWindowIsMemoryLikeAnyOther() {
        int mebibyte = 1 << 20;
        try (QueueMemory created = create(mebibyte); QueueMemory opened = QueueMemory.open(folder)) {
            for (int place : new int[] {0, 1023, 1024}) {
                assertShared(place, created, opened);
                // a long segment goes on behind its place, but never beyond the window
                assertEquals((1 << 30) - opened.windowOffset(place), opened.segment(place).capacity());
            }
            assertTrue(created.isInFirstWindow(1023));
            assertFalse(created.isInFirstWindow(1024));
            // those who need many segments in one buffer see the same bytes
            assertEquals(1024, opened.firstWindow().getLong(opened.windowOffset(1023) + mebibyte - 8));
            assertSame(opened.firstWindow(), opened.firstWindow());
            assertSame(opened.segment(1), opened.segment(1));
        }
    }

    /** Stores the place's number above 0 in its last word. */
    private static void assertShared(int place, QueueMemory created, QueueMemory opened) {
        int last = created.segmentLength() - 8;
        created.allocate(place);
        created.windows().populate(place, 1);
        created.segment(place).putLong(last, place + 1);
        assertEquals(place + 1, opened.segment(place).getLong(last));
    }

    @Test
    void theFirstPlacesOfShortSegmentsHaveAWindowOfTheirOwn() {
        int length = 16 * 1024;
        try (QueueMemory created = create(length); QueueMemory opened = QueueMemory.open(folder)) {
            for (int place : new int[] {0, 63, 64}) {
                assertShared(place, created, opened);
                assertEquals(place + 1, opened.firstWindow().getLong(opened.windowOffset(place) + length - 8));
                assertEquals(opened.windows().room(place), opened.segment(place).capacity());
                assertEquals(opened.windows().room(place), opened.records(place).length());
            }
            assertEquals(length, created.windows().room(63));
            assertEquals((1 << 30) - (1 << 20), created.windows().room(64));
            assertTrue(created.windows().beginsAt(0));
            assertFalse(created.windows().beginsAt(63));
            assertTrue(created.windows().beginsAt(64));
        }
    }

    @ParameterizedTest
    @CsvSource({"16384, 64", "262144, 4", "524288, 0", "536870912, 0"})
    void onlyIfSomeSegmentsFitThere(int length, int near) {
        try (QueueMemory created = create(length)) {
            for (int place = 1; place <= 2 * Math.max(near, 1); place++) {
                boolean begins = place == near || place * (long) length % (1 << 30) == 0;
                int at = place;
                assertEquals(begins, created.windows().beginsAt(place), () -> "place " + at);
            }
        }
    }

    @Test
    void entriesBeyondTheFirstPageOfTheTableAreThoseOfEveryone() {
        try (QueueMemory created = create(SEGMENT_LENGTH); QueueMemory opened = QueueMemory.open(folder)) {
            for (int place : new int[] {63, 64, 65_535}) {
                created.allocateEntry(place);
                assertTrue(new SegmentTable(created).moveEntry(place, 0, place + 1));
                assertEquals(place + 1, new SegmentTable(opened).entryWord(place));
                assertEquals(place + 1, opened.wholeStateWords().getLong(StateDescriptor.entryOffset(place)));
            }
        }
    }

    @Test
    void afterACloseNothingIsMappedAnyMore() {
        QueueMemory created = create(16 * 1024);
        created.close();
        assertErrno(Errno.EINVAL, () -> created.segment(0));
        assertErrno(Errno.EINVAL, () -> created.segment(16));
        assertErrno(Errno.EINVAL, created::wholeStateWords);
    }

    @Test
    void aPlaceGivenBackIsZeroWhenItIsAllocatedAgain() {
        try (QueueMemory created = create(SEGMENT_LENGTH)) {
            created.allocate(0);
            created.windows().populate(0, 1);
            long blocks = HotQueue.blocks(file);
            created.segment(0).setMemory(0, SEGMENT_LENGTH, (byte) 1);

            created.release(0);
            assertEquals(blocks - SEGMENT_LENGTH / 512, HotQueue.blocks(file));

            created.allocate(0);
            assertEquals(blocks, HotQueue.blocks(file));
            assertTrue(HotQueue.isZero(created.segment(0), 0, SEGMENT_LENGTH));
        }
    }

    @Test
    void whatIsClosedIsHarmless() {
        QueueMemory created = create(SEGMENT_LENGTH);
        created.allocate(0);
        var segment = created.segment(0);
        segment.putInt(0, 1);

        created.close();
        created.close();

        assertTrue(created.isClosed());
        assertEquals(0, segment.getInt(0));
        segment.putInt(0, 2);
        try (QueueMemory opened = QueueMemory.open(folder)) {
            assertEquals(1, opened.segment(0).getInt(0));
        }
        ErrnoException e = assertErrno(Errno.EINVAL, () -> created.segment(9));
        assertMentions(e, file.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 262144, 16384",
        "1, 262144, 16384",
        "8192, 262144, 16384",
        "8193, 262144, 32768",
        "16384, 262144, 32768",
        "65536, 262144, 131072",
        "65537, 262144, 262144",
        "131073, 262144, 262144",
        "9223372036854775807, 262144, 262144",
        "1048576, 16384, 16384",
        "2147483647, 536870912, 536870912"})
    void aSmallQueueHasShortSegments(long qbytes, int most, int expected) {
        assertEquals(expected, QueueMemory.segmentLength(qbytes, most));
    }

    private QueueMemory create(int segmentLength) {
        return QueueMemory.create(folder, HotQueue.parameters(segmentLength));
    }

    /** Opening fails, names the file, and leaves no descriptor behind. */
    private ErrnoException assertRefused(String why) throws IOException {
        int before = descriptorsOfFile();
        ErrnoException e = assertErrno(Errno.EIO, () -> QueueMemory.open(folder).close());
        assertMentions(e, file.toString());
        assertMentions(e, why);
        assertEquals(before, descriptorsOfFile());
        return e;
    }

    private int descriptorsOfFile() throws IOException {
        int count = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    if (Files.readSymbolicLink(descriptor).equals(file)) {
                        count++;
                    }
                } catch (IOException e) {
                    // closed meanwhile: it was not ours
                }
            }
        }
        return count;
    }

    private void patchLong(int offset, long value) throws IOException {
        try (RandomAccessFile patched = new RandomAccessFile(file.toFile(), "rw")) {
            patched.seek(offset);
            patched.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        }
    }

    private void cut(long size) throws IOException {
        try (RandomAccessFile patched = new RandomAccessFile(file.toFile(), "rw")) {
            patched.setLength(size);
        }
    }

    private static void assertMentions(ErrnoException e, String part) {
        assertTrue(e.getMessage().contains(part), () -> "no \"" + part + "\" in: " + e.getMessage());
    }
}
