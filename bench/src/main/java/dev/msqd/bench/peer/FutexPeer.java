package dev.msqd.bench.peer;

import dev.msqd.calls.Futex;
import dev.msqd.calls.Mapping;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/** The limit of a wake-up: a futex, slept on at once, woken at every send. It carries the number alone, and one
 * at a time. */
final class FutexPeer implements Peer {
    private static final int SEQUENCE_OFFSET = 0;
    private static final int NUMBER_OFFSET = Long.BYTES;
    private static final int RECEIVED_OFFSET = Memory.APART;
    private static final long LOOK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    @Override
    public String label() {
        return "bare futex";
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        return Memory.make(site, Mapping.pageSize());
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        Mapping mapping = Memory.map(address, Mapping.pageSize());
        UnsafeBuffer words = mapping.buffer(0, RECEIVED_OFFSET + Long.BYTES);
        return new Line() {
            private int last;

            @Override
            public boolean trySend(long number) {
                int sequence = words.getInt(SEQUENCE_OFFSET);
                if (words.getIntVolatile(RECEIVED_OFFSET) != sequence) {
                    return false;
                }
                words.putLong(NUMBER_OFFSET, number);
                words.putIntVolatile(SEQUENCE_OFFSET, sequence + 1);
                Futex.wake(words.addressOffset() + SEQUENCE_OFFSET, 1);
                return true;
            }

            @Override
            public long tryReceive() {
                int sequence = words.getIntVolatile(SEQUENCE_OFFSET);
                if (sequence == last) {
                    return NONE;
                }
                last = sequence;
                long number = words.getLong(NUMBER_OFFSET);
                words.putIntRelease(RECEIVED_OFFSET, sequence);
                return number;
            }

            @Override
            public long receive() {
                long number = tryReceive();
                while (number == NONE) {
                    Futex.await(words.addressOffset() + SEQUENCE_OFFSET, last, LOOK_AGAIN_NS);
                    number = tryReceive();
                }
                return number;
            }

            @Override
            public void close() {
                mapping.close();
            }
        };
    }
}
