package dev.msqd.queue;

import org.agrona.DirectBuffer;

/** Reads messages where they lie, which stay there. */
@FunctionalInterface
public interface Browser {
    /**
     * A message that is queued.
     *
     * @param position its place in the queue's order; as {@code msqd log} shows it
     * @param buffer   valid during the call only; it may be read from {@code offset} for {@code length} bytes
     * @param length   bytes of the message
     */
    void onMessage(long position, long mtype, DirectBuffer buffer, int offset, int length);
}
