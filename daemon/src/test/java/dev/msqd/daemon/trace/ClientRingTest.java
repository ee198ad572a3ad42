package dev.msqd.daemon.trace;

import static dev.msqd.layout.TraceDescriptor.CAPACITY;
import static dev.msqd.layout.TraceDescriptor.EVENT_LENGTH;
import static dev.msqd.layout.TraceDescriptor.FILE_LENGTH;
import static dev.msqd.layout.TraceDescriptor.LOST;
import static dev.msqd.layout.TraceDescriptor.MSGSND;
import static dev.msqd.layout.TraceDescriptor.RECORD_LENGTH;
import static dev.msqd.layout.TraceDescriptor.RING_LENGTH;
import static dev.msqd.layout.TraceDescriptor.RING_OFFSET;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.layout.TraceDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon reads what Agrona's ring buffer wrote, and what a client did to it that breaks the rules. */
@Timeout(60)
class ClientRingTest {
    private static final int PID = 4711;
    private static final int UID = 42;
    private static final int ALL = Integer.MAX_VALUE;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    private Path folder;
    private Path file;
    private ClientRing read;
    private int fd;
    private Mapping mapping;
    private UnsafeBuffer header;
    private UnsafeBuffer memory;
    private RingBuffer written;
    private long nowNs;
    private final List<Long> seen = new ArrayList<>();
    private long lost;

    @BeforeEach
    void open() {
        file = folder.resolve("1");
        read = new ClientRing(file, PID, UID, nowNs);
        fd = read.openFile();
        mapping = Mapping.shared(fd, 0, FILE_LENGTH, "ring");
        header = mapping.buffer(0, RING_OFFSET);
        memory = mapping.buffer(RING_OFFSET, RING_LENGTH);
        written = new ManyToOneRingBuffer(memory);
        header.putLong(TraceDescriptor.READY_OFFSET, TraceDescriptor.READY);
    }

    @AfterEach
    void close() {
        read.close();
        mapping.close();
        LinuxFile.close(fd);
    }

    private boolean write(long number) {
        UnsafeBuffer event = new UnsafeBuffer(new byte[EVENT_LENGTH]);
        event.putLong(TraceDescriptor.TIMESTAMP_OFFSET, number);
        event.putInt(TraceDescriptor.PROCESS_OFFSET, 1);
        return written.write(MSGSND, event, 0, EVENT_LENGTH);
    }

    private int drain() {
        nowNs += SECOND_NS / 10;
        return read.drain(this::note, ALL, nowNs);
    }

    private void note(int eventId, DirectBuffer event) {
        if (eventId == LOST) {
            lost += event.getLong(TraceDescriptor.SIZE_OFFSET);
        } else {
            assertEquals(MSGSND, eventId);
            seen.add(event.getLong(TraceDescriptor.TIMESTAMP_OFFSET));
        }
        assertEquals(PID, event.getInt(TraceDescriptor.PROCESS_OFFSET), "the kernel knows better than the client");
        assertEquals(UID, event.getInt(TraceDescriptor.USER_OFFSET));
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void everythingComesOnceAndInOrderHoweverOftenTheRingTurns() {
        Random dice = new Random(1);
        long number = 0;
        for (int round = 0; round < 200; round++) {
            for (int i = dice.nextInt(500); i > 0; i--) {
                assertTrue(write(++number));
            }
            drain();
        }
        assertTrue(number > 3L * CAPACITY / RECORD_LENGTH, "it turned round");
        assertEquals(upTo(number), seen);
        assertEquals(0, lost);
    }

    @Test
    void aClientThatIsNotTracedTakesNoMemory() {
        header.putLong(TraceDescriptor.READY_OFFSET, 0);
        write(1);
        assertEquals(0, drain());
        header.putLong(TraceDescriptor.READY_OFFSET, TraceDescriptor.READY);
        assertEquals(1, drain());
    }

    @Test
    void aRingMayBeLookedForBeforeItsFileIsMade() {
        Path later = folder.resolve("2");
        read.close();
        read = new ClientRing(later, PID, UID, nowNs);
        assertEquals(0, drain());
        write(1);
        assertDoesNotThrow(() -> Files.copy(file, later));
        assertEquals(1, drain());
    }

    @Test
    void lostEventsAreToldOnce() {
        write(1);
        header.putLong(TraceDescriptor.LOST_OFFSET, 5);
        assertEquals(2, drain());
        header.putLong(TraceDescriptor.LOST_OFFSET, 7);
        assertEquals(1, drain());
        assertEquals(7, lost);
        assertEquals(0, drain());
        anotherDaemonReads();
        assertEquals(0, drain());
        assertEquals(7, lost);
    }

    private void anotherDaemonReads() {
        read.close();
        read = new ClientRing(file, PID, UID, nowNs);
    }

    @Test
    void aFullRingGoesOnWhenItWasRead() {
        long number = 0;
        while (write(number + 1)) {
            number++;
        }
        assertEquals(CAPACITY / RECORD_LENGTH, number);
        assertEquals(number, drain());
        assertTrue(write(++number));
        drain();
        assertEquals(upTo(number), seen);
    }

    @Test
    void anotherDaemonGoesOnWhereTheLastOneWas() {
        write(1);
        drain();
        write(2);
        anotherDaemonReads();
        drain();
        assertEquals(List.of(1L, 2L), seen);
    }

    @Test
    void whatIsBeingWrittenIsWaitedFor() {
        write(1);
        int claim = written.tryClaim(MSGSND, EVENT_LENGTH);
        write(3);
        drain();
        nowNs += 10 * SECOND_NS;
        drain();
        assertEquals(List.of(1L), seen);
        memory.putLong(claim + TraceDescriptor.TIMESTAMP_OFFSET, 2);
        written.commit(claim);
        drain();
        assertEquals(List.of(1L, 2L, 3L), seen);
    }

    @Test
    void whatADeadClientWasWritingIsPassed() {
        write(1);
        written.tryClaim(MSGSND, EVENT_LENGTH);
        write(3);
        read.end();
        drain();
        assertEquals(List.of(1L, 3L), seen);
    }

    /** The tail was moved and nothing written yet. */
    @Test
    void aGapOfADeadClientIsPassed() {
        write(1);
        memory.getAndAddLong(CAPACITY + RingBufferDescriptor.TAIL_POSITION_OFFSET, RECORD_LENGTH);
        write(3);
        read.end();
        drain();
        assertEquals(List.of(1L, 3L), seen);
    }

    /** Zeroed, and the head not moved yet. */
    @Test
    void aGapThatAKilledDaemonLeftIsPassedInTheEnd() {
        write(1);
        write(2);
        memory.setMemory(0, RECORD_LENGTH, (byte) 0);
        assertEquals(0, drain());
        nowNs += 2 * SECOND_NS;
        assertEquals(1, drain());
        assertEquals(List.of(2L), seen);
    }

    // ---- what breaks the rules

    /** Whatever is there, the daemon is not harmed, and reads nothing of it later on. */
    private void isGivenUp() {
        int before = seen.size();
        assertEquals(0, drain());
        assertEquals(before, seen.size());
        assertEquals(0, drain());
    }

    @Test
    void aRecordThatIsTooLong() {
        write(1);
        memory.putInt(0, CAPACITY);
        isGivenUp();
    }

    @Test
    void aRecordThatIsTooShort() {
        write(1);
        memory.putInt(0, 9);
        isGivenUp();
    }

    @Test
    void aRecordOfNoCall() {
        write(1);
        memory.putInt(Integer.BYTES, LOST - 1);
        isGivenUp();
    }

    @Test
    void paddingThatReachesBeyondTheEnd() {
        write(1);
        memory.putInt(0, Integer.MAX_VALUE);
        memory.putInt(Integer.BYTES, -1);
        isGivenUp();
    }

    @Test
    void aHeadThatIsNowhere() {
        write(1);
        memory.putLong(CAPACITY + RingBufferDescriptor.HEAD_POSITION_OFFSET, -8);
        isGivenUp();
        anotherDaemonReads();
        memory.putLong(CAPACITY + RingBufferDescriptor.HEAD_POSITION_OFFSET, 3);
        isGivenUp();
    }

    @Test
    void aTailThatIsNowhere() {
        memory.putLong(CAPACITY + RingBufferDescriptor.TAIL_POSITION_OFFSET, Long.MAX_VALUE);
        drain();
        nowNs += 2 * SECOND_NS;
        isGivenUp();
    }

    @Test
    void anotherVersion() {
        write(1);
        header.putLong(TraceDescriptor.READY_OFFSET, TraceDescriptor.READY + 1);
        isGivenUp();
    }

    @Test
    void aFileThatWasCutShort() {
        write(1);
        assertEquals(1, drain());
        LinuxFile.truncate(fd, 0);
        isGivenUp();
    }

    @Test
    void aFileThatWasCutShortBeforeItWasOpened() {
        write(1);
        LinuxFile.truncate(fd, RING_OFFSET);
        isGivenUp();
    }

    @Test
    void anyBytesAtAll() {
        for (int seed = 0; seed < 300; seed++) {
            Random dice = new Random(seed);
            byte[] bytes = new byte[dice.nextInt(4096)];
            dice.nextBytes(bytes);
            memory.putBytes(dice.nextInt(2) == 0 ? 0 : CAPACITY - 64, bytes, 0, Math.min(bytes.length, 64 + 768));
            anotherDaemonReads();
            if (dice.nextInt(2) == 0) {
                read.end();
            }
            nowNs += 2 * SECOND_NS;
            read.drain((id, event) -> {}, 100, nowNs);
            read.drain((id, event) -> {}, 100, nowNs + 2 * SECOND_NS);
        }
        // Another client's ring is read as ever.
        close();
        file = folder.resolve("2");
        read = new ClientRing(file, PID, UID, nowNs);
        fd = read.openFile();
        mapping = Mapping.shared(fd, 0, FILE_LENGTH, "ring");
        header = mapping.buffer(0, RING_OFFSET);
        memory = mapping.buffer(RING_OFFSET, RING_LENGTH);
        written = new ManyToOneRingBuffer(memory);
        header.putLong(TraceDescriptor.READY_OFFSET, TraceDescriptor.READY);
        write(1);
        drain();
        assertEquals(List.of(1L), seen);
    }
}
