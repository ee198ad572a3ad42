package dev.msqd.client;

import static dev.msqd.layout.TraceDescriptor.EVENT_LENGTH;
import static dev.msqd.layout.TraceDescriptor.FILE_LENGTH;
import static dev.msqd.layout.TraceDescriptor.FLAGS_OFFSET;
import static dev.msqd.layout.TraceDescriptor.FORWARDED_OFFSET;
import static dev.msqd.layout.TraceDescriptor.LOST_OFFSET;
import static dev.msqd.layout.TraceDescriptor.MSGTYP_OFFSET;
import static dev.msqd.layout.TraceDescriptor.MSQID_OFFSET;
import static dev.msqd.layout.TraceDescriptor.NAME_OFFSET;
import static dev.msqd.layout.TraceDescriptor.PARENT_OFFSET;
import static dev.msqd.layout.TraceDescriptor.POINTER_OFFSET;
import static dev.msqd.layout.TraceDescriptor.PROCESSOR_OFFSET;
import static dev.msqd.layout.TraceDescriptor.PROCESS_OFFSET;
import static dev.msqd.layout.TraceDescriptor.READY;
import static dev.msqd.layout.TraceDescriptor.READY_OFFSET;
import static dev.msqd.layout.TraceDescriptor.RETURN_VALUE_OFFSET;
import static dev.msqd.layout.TraceDescriptor.RING_LENGTH;
import static dev.msqd.layout.TraceDescriptor.RING_OFFSET;
import static dev.msqd.layout.TraceDescriptor.SIZE_OFFSET;
import static dev.msqd.layout.TraceDescriptor.THREAD_OFFSET;
import static dev.msqd.layout.TraceDescriptor.TIMESTAMP_OFFSET;
import static dev.msqd.layout.TraceDescriptor.USER_OFFSET;

import dev.msqd.calls.LinuxFile;
import dev.msqd.calls.Mapping;
import dev.msqd.calls.Processes;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/** The client's end of its trace ring. Any thread. */
final class TraceRing implements AutoCloseable {
    private final Mapping mapping;
    private final UnsafeBuffer header;
    private final RingBuffer ring;

    private TraceRing(Mapping mapping) {
        this.mapping = mapping;
        this.header = mapping.buffer(0, RING_OFFSET);
        this.ring = new ManyToOneRingBuffer(mapping.buffer(RING_OFFSET, RING_LENGTH));
    }

    /**
     * Reserves the ring's memory and begins to use it. A second time it goes on where it was.
     *
     * @param fd stays the caller's
     * @throws dev.msqd.calls.ErrnoException ENOSPC when the hot directory is full
     */
    static TraceRing open(int fd) {
        LinuxFile.fallocate(fd, 0, FILE_LENGTH);
        Mapping mapping = Mapping.shared(fd, 0, FILE_LENGTH, "trace ring");
        mapping.populateWrite(0, FILE_LENGTH);
        TraceRing ring = new TraceRing(mapping);
        ring.header.putLongVolatile(READY_OFFSET, READY);
        return ring;
    }

    /** Puts an event in, or counts it as lost. */
    void publish(int eventId, long timestampNs, long returnValue, TracedThread thread, int msqid, int flags,
        long pointer, long size, long msgtyp) {
        int index = ring.tryClaim(eventId, EVENT_LENGTH);
        if (index < 0) {
            header.getAndAddLong(LOST_OFFSET, 1);
            return;
        }
        AtomicBuffer event = ring.buffer();
        event.putLong(index + TIMESTAMP_OFFSET, timestampNs);
        event.putLong(index + RETURN_VALUE_OFFSET, returnValue);
        event.putLong(index + POINTER_OFFSET, pointer);
        event.putLong(index + SIZE_OFFSET, size);
        event.putLong(index + MSGTYP_OFFSET, msgtyp);
        event.putInt(index + MSQID_OFFSET, msqid);
        event.putInt(index + FLAGS_OFFSET, flags);
        event.putInt(index + PROCESSOR_OFFSET, Processes.processor());
        event.putInt(index + THREAD_OFFSET, thread.id());
        event.putInt(index + PROCESS_OFFSET, thread.process());
        event.putInt(index + PARENT_OFFSET, thread.parent());
        event.putInt(index + USER_OFFSET, thread.user());
        event.putInt(index + FORWARDED_OFFSET, thread.forwarded() ? 1 : 0);
        event.putLong(index + NAME_OFFSET, thread.nameLow());
        event.putLong(index + NAME_OFFSET + Long.BYTES, thread.nameHigh());
        ring.commit(index);
    }

    /** A thread that still publishes writes to private memory from here on. */
    @Override
    public void close() {
        mapping.close();
    }
}
