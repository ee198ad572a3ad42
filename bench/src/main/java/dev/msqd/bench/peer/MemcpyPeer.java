package dev.msqd.bench.peer;

import org.agrona.concurrent.UnsafeBuffer;

/** The limit of a copy: into the same memory each time, and out of it again. Both ends are one: only within a thread. */
final class MemcpyPeer implements Peer {
    private UnsafeBuffer place;

    @Override
    public String label() {
        return "memcpy";
    }

    @Override
    public Link make(Site site, Shape shape) {
        place = Memory.newMessage(shape.length());
        return new Link("", () -> {});
    }

    @Override
    public Line open(String address, End end, Shape shape) {
        UnsafeBuffer memory = place;
        UnsafeBuffer own = Memory.newMessage(shape.length());
        return new Line() {
            private long number;

            @Override
            public boolean trySend(long next) {
                own.putLong(0, next);
                memory.putBytes(0, own, 0, own.capacity());
                return true;
            }

            /** What was overwritten counts as received: the numbers from 0. */
            @Override
            public long tryReceive() {
                own.putBytes(0, memory, 0, own.capacity());
                return number++;
            }

            @Override
            public void close() {
                // Nothing is kept.
            }
        };
    }
}
