package dev.msqd.log;

import static dev.msqd.layout.StateDescriptor.entryOffset;
import static dev.msqd.layout.StateDescriptor.slotOffset;

import dev.msqd.calls.Words;
import dev.msqd.layout.BiasWord;
import dev.msqd.layout.RecordDescriptor;
import dev.msqd.layout.SegmentTableDescriptor;
import dev.msqd.layout.SlotDescriptor;
import dev.msqd.layout.StateDescriptor;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Queues in real hot files, used one after the other and over again: the harness asks for some hundred thousand a second,
 * and making one takes a dozen system calls. Any thread.
 *
 * <p>A queue is its asker's until {@link #LENGTH} more were asked for. The harness keeps stride size × stride count states
 * alive, and as many new ones may be made while those are looked at: twice the product must not exceed the length.
 */
public final class QueueRing {
    static final int LENGTH = 1024;

    private static final QueueMemory[] QUEUES = new QueueMemory[LENGTH];
    private static final AtomicInteger NEXT = new AtomicInteger();

    private QueueRing() {}

    /** An empty queue without limit, places or slots in use. */
    public static QueueMemory next() {
        int index = NEXT.getAndIncrement() & (LENGTH - 1);
        QueueMemory memory = QUEUES[index];
        if (memory == null) {
            memory = create();
            QUEUES[index] = memory;
        } else {
            empty(memory);
        }
        memory.state().apply(0, 0, 0, HotQueue.NO_LIMIT, 0);
        return memory;
    }

    /** Opens files in a folder that is gone afterwards: however the JVM ends, nothing stays behind. */
    public static <T> T inFolder(Function<Path, T> opening) {
        Path folder = HotQueue.temporaryFolder();
        try {
            return opening.apply(folder);
        } finally {
            HotQueue.delete(folder);
        }
    }

    private static QueueMemory create() {
        return inFolder(folder -> QueueMemory.create(folder, HotQueue.parameters(HotQueue.SEGMENT_LENGTH)));
    }

    /** Allocated slots and places stay so. */
    private static void empty(QueueMemory memory) {
        Words state = memory.wholeStateWords();
        for (int place = 0, limit = state.getInt(StateDescriptor.PLACE_LIMIT_OFFSET); place < limit; place++) {
            int entry = entryOffset(place);
            if (SegmentTableDescriptor.state(state.getLong(entry)) != SegmentTableDescriptor.HOLE) {
                clear(memory.segment(place));
                state.zero(entry, SegmentTableDescriptor.ENTRY_LENGTH);
                state.putLong(entry, SegmentTableDescriptor.word(SegmentTableDescriptor.READY, 0));
            }
        }
        for (int slot = 0, limit = state.getInt(StateDescriptor.SLOT_LIMIT_OFFSET); slot < limit; slot++) {
            state.zero(slotOffset(slot), SlotDescriptor.SLOT_LENGTH);
        }
        state.putLong(StateDescriptor.RESCAN_EPOCH_OFFSET, 0);
        state.putInt(StateDescriptor.REMOVED_OFFSET, 0);
        state.putLong(StateDescriptor.HEAD_OFFSET, 0);
        state.putLong(StateDescriptor.RECLAIMER_OFFSET, 0);
        state.putLong(StateDescriptor.TAIL_OFFSET, 0);
        state.putLong(StateDescriptor.LAST_SEND_OFFSET, 0);
        state.putLong(StateDescriptor.LAST_RECEIVE_OFFSET, 0);
        state.putLong(StateDescriptor.TICKET_OFFSET, 0);
        // There are never more than 64 slots here.
        state.putLong(StateDescriptor.RECEIVERS_ARMED_OFFSET, 0);
        state.putLong(StateDescriptor.SENDERS_ARMED_OFFSET, 0);
        state.putInt(StateDescriptor.RECEIVERS_FENCE_OFFSET, StateDescriptor.FENCE_ARMING);
        state.putInt(StateDescriptor.SENDERS_FENCE_OFFSET, StateDescriptor.FENCE_ARMING);
        state.putInt(StateDescriptor.SENDER_BIAS_OFFSET, BiasWord.NOBODY);
        state.putInt(StateDescriptor.RECEIVER_BIAS_OFFSET, BiasWord.NOBODY);
        state.putLong(StateDescriptor.SHARED_BEFORE_OFFSET, 0);
        state.zero(StateDescriptor.WANTED_OFFSET, Long.SIZE);
    }

    private static void clear(UnsafeBuffer segment) {
        int offset = 0;
        while (offset < segment.capacity() && segment.getLong(offset) != 0) {
            int length = RecordDescriptor.aligned(Math.abs(RecordDescriptor.length(segment.getLong(offset))));
            segment.setMemory(offset, length, (byte) 0);
            offset += length;
        }
    }
}
