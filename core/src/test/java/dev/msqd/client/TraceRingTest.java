package dev.msqd.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.calls.Processes;
import dev.msqd.layout.TraceDescriptor;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client puts into its ring, as Agrona's own ring buffer reads it. */
class TraceRingTest {
    @TempDir
    private Path folder;
    private SystemLimits system;
    private int fd;
    private CallTrace trace;
    private Mapping mapping;
    private UnsafeBuffer header;
    private RingBuffer ring;

    @BeforeEach
    void open() {
        system = SystemLimits.serve(folder);
        fd = LinuxFile.open(folder.resolve("ring"), LinuxFile.O_RDWR | LinuxFile.O_CREAT, 0600);
        LinuxFile.truncate(fd, TraceDescriptor.FILE_LENGTH);
        trace = new CallTrace(system, fd);
        mapping = Mapping.shared(fd, 0, TraceDescriptor.FILE_LENGTH, "ring");
        header = mapping.buffer(0, TraceDescriptor.RING_OFFSET);
        ring = new ManyToOneRingBuffer(mapping.buffer(TraceDescriptor.RING_OFFSET, TraceDescriptor.RING_LENGTH));
    }

    @AfterEach
    void close() {
        trace.close();
        mapping.close();
        LinuxFile.close(fd);
        system.close();
    }

    private List<String> events() {
        List<String> events = new ArrayList<>();
        // Once to the end of its memory, and once from its beginning.
        for (int i = 0; i < 2; i++) {
            ring.read((id, buffer, index, length) -> events.add(describe(id, new UnsafeBuffer(buffer, index, length))));
        }
        return events;
    }

    private static String describe(int id, DirectBuffer event) {
        return id + " " + event.getLong(TraceDescriptor.TIMESTAMP_OFFSET)
            + " returned " + event.getLong(TraceDescriptor.RETURN_VALUE_OFFSET)
            + " for " + event.getInt(TraceDescriptor.MSQID_OFFSET) + " " + event.getInt(TraceDescriptor.FLAGS_OFFSET)
            + " " + event.getLong(TraceDescriptor.POINTER_OFFSET) + " " + event.getLong(TraceDescriptor.SIZE_OFFSET)
            + " " + event.getLong(TraceDescriptor.MSGTYP_OFFSET)
            + " by " + event.getInt(TraceDescriptor.PROCESS_OFFSET) + "/" + event.getInt(TraceDescriptor.THREAD_OFFSET)
            + " of " + event.getInt(TraceDescriptor.PARENT_OFFSET) + " " + event.getInt(TraceDescriptor.USER_OFFSET);
    }

    private static String self() {
        return " by " + Processes.self() + "/" + Processes.threadId() + " of " + Processes.parent() + " "
            + Processes.effectiveUid();
    }

    @Test
    void nothingIsReservedBeforeThereIsATrace() throws Exception {
        assertFalse(trace.isOn());
        assertEquals(5, trace.get(1, 2, () -> 5));
        assertEquals(List.of(), events());
        assertEquals(0, header.getLong(TraceDescriptor.READY_OFFSET));
        system.trace(true);
        assertTrue(trace.isOn());
        assertEquals(5, trace.get(1, 2, () -> 5));
        assertEquals(TraceDescriptor.READY, header.getLong(TraceDescriptor.READY_OFFSET));
        system.trace(false);
        assertFalse(trace.isOn());
        assertEquals(1, events().size());
    }

    @Test
    void anEventSaysWhatWasCalledAndByWhom() {
        system.trace(true);
        trace.sent(1000, 0, 7, 4096, 5, SysV.IPC_NOWAIT);
        trace.received(2000, -42, 7, 4096, 100, -3, SysV.MSG_NOERROR);
        assertEquals(List.of(
            "69 1000 returned 0 for 7 2048 4096 5 0" + self(),
            "70 2000 returned -42 for 7 4096 0 100 -3" + self()), events());
    }

    @Test
    void aFullRingDropsAndCounts() {
        system.trace(true);
        int fit = TraceDescriptor.CAPACITY / TraceDescriptor.RECORD_LENGTH;
        for (int i = 0; i < fit + 10; i++) {
            trace.sent(i + 1, 0, 7, 0, 0, 0);
        }
        assertEquals(10, header.getLong(TraceDescriptor.LOST_OFFSET));
        assertEquals(fit, events().size());
        trace.sent(1, 0, 7, 0, 0, 0);
        assertEquals(1, events().size());
        assertEquals(10, header.getLong(TraceDescriptor.LOST_OFFSET));
    }

    /** The thread is asked for its name again in each session: it may have another one by then. */
    @Test
    void eachSessionHasAnotherNumber() {
        system.trace(true);
        int first = system.traceSession();
        system.trace(true);
        assertEquals(first, system.traceSession());
        system.trace(false);
        system.trace(true);
        assertTrue(system.traceSession() != first);
    }

    @Test
    void aClosedOneTakesEventsAndForgetsThem() {
        system.trace(true);
        trace.sent(1, 0, 7, 0, 0, 0);
        trace.close();
        trace.sent(2, 0, 7, 0, 0, 0);
        assertEquals(1, events().size());
    }

    @Test
    void virtualThreadsAreTracedAsTheirCarriers() throws Exception {
        system.trace(true);
        Thread.ofVirtual().start(() -> trace.sent(1, 0, 7, 0, 0, 0)).join();
        assertTrue(events().getFirst().startsWith("69 1 returned 0 for 7 0 0 0 0 by " + Processes.self() + "/"));
    }
}
