package dev.msqd.daemon.trace;

import org.agrona.DirectBuffer;

/** Is told of events. */
interface EventHandler {
    /** @param event {@link dev.msqd.layout.TraceDescriptor#EVENT_LENGTH} bytes from its beginning, which are the caller's */
    void onEvent(int eventId, DirectBuffer event);
}
