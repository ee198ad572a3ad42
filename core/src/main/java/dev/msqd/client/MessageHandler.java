package dev.msqd.client;

import org.agrona.DirectBuffer;

/** Reads a message where it lies. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * The message is received when this returns. When it throws, the message is back in its place.
     *
     * @param buffer valid during the call only; it may be read from {@code offset} for {@code length} bytes
     * @param length bytes of the message
     */
    void onMessage(long mtype, DirectBuffer buffer, int offset, int length);
}
