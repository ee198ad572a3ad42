package dev.msqd.bench.peer;

import dev.msqd.calls.Mapping;
import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The limit of a round trip: one word, stored by one process and looked at by the other. It carries how many there were and the
 * number's low half, and a sender overwrites what was not received: only for taking turns.
 */
final class CacheLinePeer implements Peer {
    @Override
    public String label() {
        return "bare cache line";
    }

    @Override
    public Link make(Site site, Shape shape) throws IOException {
        return Memory.make(site, Mapping.pageSize());
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        Mapping mapping = Memory.map(address, Mapping.pageSize());
        UnsafeBuffer word = mapping.buffer(0, Long.BYTES);
        return new Line() {
            private long last;
            private long sent;

            @Override
            public boolean trySend(long number) {
                word.putLongRelease(0, ++sent << Integer.SIZE | number);
                return true;
            }

            @Override
            public long tryReceive() {
                long stored = word.getLongVolatile(0);
                if (stored == last) {
                    return NONE;
                }
                last = stored;
                return stored & 0xFFFF_FFFFL;
            }

            @Override
            public void close() {
                mapping.close();
            }
        };
    }
}
