package dev.msqd.client;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Room for a message in the log, to be written and then committed or aborted. One may be used again and again. One owner thread:
 * the queue's.
 */
public final class MessageClaim {
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private MessageQueue queue;
    private int offset;

    void wrap(MessageQueue claimedFrom, UnsafeBuffer segment, int payloadOffset, int length) {
        queue = claimedFrom;
        offset = payloadOffset;
        buffer.wrap(segment, payloadOffset, length);
    }

    /** Exactly the message's bytes; empty when nothing is claimed. */
    public UnsafeBuffer buffer() {
        return buffer;
    }

    /**
     * Sends the message.
     *
     * @throws IllegalStateException if nothing is claimed
     */
    public void commit() {
        release().commit(offset);
    }

    /**
     * Gives the message up.
     *
     * @throws IllegalStateException if nothing is claimed
     */
    public void abort() {
        release().abort(offset);
    }

    private MessageQueue release() {
        MessageQueue claimedFrom = queue;
        if (claimedFrom == null) {
            throw new IllegalStateException("nothing is claimed");
        }
        queue = null;
        buffer.wrap(0, 0);
        return claimedFrom;
    }
}
