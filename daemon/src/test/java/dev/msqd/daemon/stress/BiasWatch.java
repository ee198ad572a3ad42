package dev.msqd.daemon.stress;

import dev.msqd.layout.BiasWord;
import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.QueueMemory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks on who has the right to do without locked operations, by a thread of its own: a storm in which nobody ever has it, or nobody ever
 * loses it, tries nothing. Sees less than happens.
 */
final class BiasWatch implements AutoCloseable {
    private static final long LOOK_NS = 200_000;

    private final UnsafeBuffer state;
    private volatile boolean over;
    private final Side senders = new Side(StateDescriptor.SENDER_BIAS_OFFSET);
    private final Side receivers = new Side(StateDescriptor.RECEIVER_BIAS_OFFSET);

    /** @param queue a queue's folder in the hot directory */
    BiasWatch(Path queue) throws IOException {
        try (FileChannel file = FileChannel.open(QueueMemory.file(queue))) {
            state = new UnsafeBuffer(
                file.map(FileChannel.MapMode.READ_ONLY, 0, StateDescriptor.RECEIVER_BIAS_OFFSET + Integer.BYTES));
        }
        Thread.ofPlatform().daemon().name("bias watch").start(() -> {
            while (!over) {
                senders.look();
                receivers.look();
                LockSupport.parkNanos(LOOK_NS);
            }
        });
    }

    /** How often the only sender was seen to have lost the right, or to have got it anew. */
    long senderChanges() {
        return senders.changes;
    }

    long receiverChanges() {
        return receivers.changes;
    }

    @Override
    public void close() {
        over = true; // the mapping goes with the thread
    }

    @Override
    public String toString() {
        return "the only sender had the right " + senders + ", the only receiver " + receivers;
    }

    private final class Side {
        private final int offset;
        private int before;
        private long looks;
        private long owned;
        private volatile long changes;

        Side(int offset) {
            this.offset = offset;
        }

        void look() {
            int word = state.getIntVolatile(offset);
            boolean has = word != BiasWord.NOBODY && BiasWord.state(word) == BiasWord.OWNED;
            looks++;
            owned += has ? 1 : 0;
            changes += word == before ? 0 : 1;
            before = word;
        }

        @Override
        public String toString() {
            return String.format("%d %% of the time, with %,d changes seen", looks == 0 ? 0 : 100 * owned / looks,
                changes);
        }
    }
}
