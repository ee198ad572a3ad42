package dev.msqd.daemon.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import org.agrona.DirectBuffer;

/** What was done to the messages of one incarnation, and so what a replay must and may find of them. */
final class Life {
    /** A message and how far it got. */
    static final class Sent {
        final long mtype;
        final byte[] payload;
        /** Was given to the log. */
        boolean added;
        /** Is on disk. */
        boolean durable;
        /** Was received, whether or not the log knows. */
        boolean received;
        /** That it was received is on disk. */
        boolean gone;
        /** Where it counts as live in the log; 0: nowhere. */
        int file;

        Sent(long mtype, byte[] payload) {
            this.mtype = mtype;
            this.payload = payload;
        }
    }

    final long incarnation;
    final TreeMap<Long, Sent> messages = new TreeMap<>();

    /** A checkpoint's end was given to the log: this life may be found. */
    boolean mayBeFound;
    /** It is on disk: no other is found. */
    boolean mustBeFound;

    long durableState;
    long addedState;
    boolean cleanStopAdded;
    boolean cleanStopDurable;

    Life(long incarnation) {
        this.incarnation = incarnation;
    }

    /** A message that was found was sent, and is whole. */
    Sent verifySent(long position, long mtype, DirectBuffer buffer, int offset, int length) {
        Sent sent = messages.get(position);
        assertNotNull(sent, () -> "message " + position + " was never sent");
        assertTrue(sent.added, () -> "message " + position + " was never logged");
        assertEquals(sent.mtype, mtype);
        byte[] payload = new byte[length];
        buffer.getBytes(offset, payload);
        assertArrayEquals(sent.payload, payload, () -> "payload of message " + position);
        return sent;
    }

    void verify(Replay replay) {
        TreeMap<Long, Sent> missing = new TreeMap<>();
        for (Map.Entry<Long, Sent> entry : messages.entrySet()) {
            if (entry.getValue().durable && !entry.getValue().received) {
                missing.put(entry.getKey(), entry.getValue());
            }
        }
        int[] count = {0};
        long[] last = {Long.MIN_VALUE};
        replay.forEach((position, mtype, buffer, offset, length) -> {
            assertTrue(count[0]++ == 0 || position > last[0], "order");
            last[0] = position;
            Sent sent = verifySent(position, mtype, buffer, offset, length);
            assertFalse(sent.gone, () -> "message " + position + " is back, though it is on disk that it was received");
            missing.remove(position);
        });
        assertEquals(count[0], replay.size());
        assertTrue(missing.isEmpty(), () -> "messages that were on disk are lost: " + missing.keySet());
        assertTrue(replay.lastSend() >= durableState && replay.lastSend() <= addedState,
            () -> "state " + replay.lastSend() + ", on disk was " + durableState + ", added " + addedState);
        assertEquals(replay.lastSend(), -replay.lastReceive());
        assertTrue(!replay.cleanStop() || cleanStopAdded, "a clean stop that was none");
        assertTrue(replay.cleanStop() || !cleanStopDurable, "the clean stop is lost");
    }
}
