package dev.msqd.daemon.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.TestProcess;
import dev.msqd.layout.TraceDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was stored is read, by as many as like to, whatever happened to its writer. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TraceStoreTest {
    private static final long MAX_LENGTH = 32 << 20;

    @TempDir
    private Path root;
    private long nowMs = SystemEpochClock.INSTANCE.time();
    private final UnsafeBuffer event = new UnsafeBuffer(new byte[TraceDescriptor.EVENT_LENGTH]);

    private Path folder() {
        return root.resolve("trace");
    }

    private TraceStore store() {
        return new TraceStore(folder(), MAX_LENGTH, () -> nowMs);
    }

    private void append(TraceStore store, long first, long last) {
        for (long number = first; number <= last; number++) {
            event.putLong(TraceDescriptor.TIMESTAMP_OFFSET, number);
            store.onEvent(TraceDescriptor.MSGSND, event);
        }
    }

    private static List<Long> numbers(TraceReader reader) {
        TraceEvent read = new TraceEvent();
        List<Long> numbers = new ArrayList<>();
        while (reader.next(read)) {
            assertEquals(TraceDescriptor.MSGSND, read.id());
            numbers.add(read.timestampNs());
        }
        return numbers;
    }

    private List<Long> stored() {
        try (TraceReader reader = TraceReader.open(folder())) {
            return numbers(reader);
        }
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private long length() throws IOException {
        long length = 0;
        try (Stream<Path> files = Files.list(folder())) {
            for (Path file : files.toList()) {
                length += Files.size(file);
            }
        }
        return length;
    }

    @Test
    void eachFieldComesBack() throws Exception {
        event.putLong(TraceDescriptor.TIMESTAMP_OFFSET, 1L << 60);
        event.putLong(TraceDescriptor.RETURN_VALUE_OFFSET, -11);
        event.putLong(TraceDescriptor.POINTER_OFFSET, 3);
        event.putLong(TraceDescriptor.SIZE_OFFSET, -4);
        event.putLong(TraceDescriptor.MSGTYP_OFFSET, -5);
        event.putInt(TraceDescriptor.MSQID_OFFSET, 6);
        event.putInt(TraceDescriptor.FLAGS_OFFSET, 7);
        event.putInt(TraceDescriptor.PROCESSOR_OFFSET, 8);
        event.putInt(TraceDescriptor.THREAD_OFFSET, 9);
        event.putInt(TraceDescriptor.PROCESS_OFFSET, 10);
        event.putInt(TraceDescriptor.PARENT_OFFSET, 11);
        event.putInt(TraceDescriptor.USER_OFFSET, -1);
        event.putBytes(TraceDescriptor.NAME_OFFSET, "sixteen letters!".getBytes());
        try (TraceStore store = store()) {
            store.onEvent(TraceDescriptor.MSGRCV, event);
        }
        try (TraceReader reader = TraceReader.open(folder())) {
            TraceEvent read = new TraceEvent();
            assertTrue(reader.next(read));
            assertEquals(TraceDescriptor.MSGRCV, read.id());
            assertEquals(1L << 60, read.timestampNs());
            assertEquals(-11, read.returnValue());
            assertEquals(3, read.position());
            assertEquals(-4, read.size());
            assertEquals(-5, read.msgtyp());
            assertEquals(6, read.msqid());
            assertEquals(7, read.flags());
            assertEquals(8, read.processor());
            assertEquals(9, read.threadId());
            assertEquals(10, read.processId());
            assertEquals(11, read.parentProcessId());
            assertEquals(-1, read.userId());
            assertEquals("sixteen letters!", read.processName());
            assertEquals(Files.readString(Path.of("/proc/sys/kernel/hostname")).trim(), read.hostName());
            assertFalse(reader.next(read));
        }
    }

    @Test
    void thereMayBeNothingYet() {
        try (TraceReader reader = TraceReader.open(folder())) {
            reader.toEnd();
            assertFalse(reader.next(new TraceEvent()));
            try (TraceStore store = store()) {
                append(store, 1, 3);
                assertEquals(range(1, 3), numbers(reader));
            }
        }
    }

    @Test
    void severalReadWhileItIsWritten() {
        try (TraceStore store = store()) {
            append(store, 1, 100);
            try (TraceReader first = TraceReader.open(folder()); TraceReader second = TraceReader.open(folder())) {
                assertEquals(range(1, 100), numbers(first));
                second.toEnd();
                append(store, 101, 200);
                assertEquals(range(101, 200), numbers(first));
                assertEquals(range(101, 200), numbers(second));
            }
        }
    }

    @Test
    void goesOnInAnotherFileEachTime() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (TraceStore store = store()) {
                append(store, 10L * i + 1, 10L * i + 10);
            }
        }
        assertEquals(5, TraceStore.files(folder()).size());
        assertEquals(range(1, 50), stored());
    }

    @Test
    void aFileThatIsAnHourOldIsFollowedByAnother() throws Exception {
        try (TraceStore store = store()) {
            append(store, 1, 10);
            nowMs += TimeUnit.MINUTES.toMillis(59);
            append(store, 11, 20);
            assertEquals(1, TraceStore.files(folder()).size());
            nowMs += TimeUnit.MINUTES.toMillis(2);
            append(store, 21, 30);
            assertEquals(2, TraceStore.files(folder()).size());
        }
        assertEquals(range(1, 30), stored());
    }

    /** The clock of files never goes back. */
    @Test
    void aClockThatIsSetBackDoesNotMatter() {
        try (TraceStore store = store()) {
            append(store, 1, 10);
        }
        nowMs -= TimeUnit.DAYS.toMillis(1);
        try (TraceStore store = store()) {
            append(store, 11, 20);
        }
        assertEquals(range(1, 20), stored());
    }

    @Test
    void theOldestGoesWhenItBecomesTooLong() throws Exception {
        long last = 0;
        try (TraceStore store = store(); TraceReader behind = TraceReader.open(folder())) {
            append(store, 1, ++last);
            assertEquals(range(1, 1), numbers(behind));
            for (int i = 0; i < 40; i++) {
                append(store, last + 1, last + 20_000);
                last += 20_000;
                assertTrue(length() <= MAX_LENGTH, length() + " bytes");
            }
            // Most of it is there, and the latest above all.
            List<Long> stored = stored();
            assertEquals(range(stored.getFirst(), last), stored);
            assertTrue(stored.size() > 100_000, stored.size() + " of " + last);
            assertTrue(stored.getFirst() > 1);
            // Who is behind sees a gap, and goes on.
            List<Long> rest = numbers(behind);
            assertEquals(last, rest.getLast());
            append(store, last + 1, ++last);
            assertEquals(List.of(last), numbers(behind));
        }
    }

    /** Whatever the writer was at when it was killed, what it had written before is read, and what comes after. */
    @Test
    void survivesTheDeathOfItsWriter() throws Exception {
        long last = 0;
        for (int i = 0; i < 4; i++) {
            try (TestProcess writer = TestProcess.start(root.resolve("out" + i), List.of(TestJvm.SIMPLE_COMPILER),
                EndlessTrace.class, folder().toString(), Long.toString(MAX_LENGTH), Long.toString(last))) {
                while (stored().size() < last + 1000) {
                    assertTrue(writer.isAlive(), () -> read(root.resolve("out0")));
                    Thread.sleep(5);
                }
                writer.kill();
            }
            List<Long> stored = stored();
            assertEquals(range(stored.getFirst(), stored.getLast()), stored);
            last = stored.getLast();
        }
        try (TraceStore store = store()) {
            append(store, last + 1, last + 10);
        }
        assertEquals(last + 10, stored().getLast());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Writes numbers until it is killed: folder, longest, last number that is there. */
    static final class EndlessTrace {
        private EndlessTrace() {}

        public static void main(String[] args) {
            UnsafeBuffer numbered = new UnsafeBuffer(new byte[TraceDescriptor.EVENT_LENGTH]);
            try (TraceStore store =
                new TraceStore(Path.of(args[0]), Long.parseLong(args[1]), SystemEpochClock.INSTANCE)) {
                for (long number = Long.parseLong(args[2]) + 1;; number++) {
                    numbered.putLong(TraceDescriptor.TIMESTAMP_OFFSET, number);
                    store.onEvent(TraceDescriptor.MSGSND, numbered);
                    if (number % 100 == 0) {
                        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                }
            }
        }
    }
}
