package dev.msqd.daemon.journal;

import org.agrona.DirectBuffer;

/** Takes the messages that a {@link Replay} found. The buffer is valid during the call. */
@FunctionalInterface
public interface LiveMessageHandler {
    void onMessage(long position, long mtype, DirectBuffer buffer, int offset, int length);
}
