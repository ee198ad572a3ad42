package dev.msqd.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.layout.ClaimWord;
import dev.msqd.layout.RecordDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** One thread of a process that uses a queue: a mapping of its own, a slot, an appender and a cursor. */
final class Party implements AutoCloseable {
    final long clientId;
    final QueueMemory memory;
    final SegmentChain chain;
    final Slot slot;
    final Appender appender;
    final Cursor cursor;

    Party(Path folder, long clientId) {
        this(QueueMemory.open(folder), clientId);
    }

    /** One of several that use the same mapping, one after the other. */
    Party(QueueMemory memory, long clientId) {
        this.clientId = clientId;
        this.memory = memory;
        this.chain = new SegmentChain(memory);
        this.slot = chain.slots().acquire(clientId);
        this.appender = new Appender(chain, slot);
        this.cursor = new Cursor(chain, slot, clientId);
    }

    /** A payload that tells which message it is of, in every byte. */
    static byte[] payload(long number, int length) {
        byte[] payload = new byte[length];
        long mixed = (number + 1) * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (mixed >>> (i & 7) * 8);
        }
        return payload;
    }

    // ---- sending

    /** Sends message {@code number} with {@code length} bytes; false if there is no room. */
    boolean trySend(long number, int length, long qbytes) {
        return trySend(1, payload(number, length), qbytes);
    }

    boolean trySend(long mtype, byte[] payload, long qbytes) {
        int offset = appender.claimUnseen(payload.length, qbytes);
        if (offset == Appender.FULL) {
            return false;
        }
        fill(offset, mtype, payload, ClaimWord.AVAILABLE);
        assertTrue(appender.commit(offset, mtype, payload.length));
        return true;
    }

    void send(long number, int length) {
        assertTrue(trySend(number, length, HotQueue.NO_LIMIT), "no room");
    }

    /** Sends one message and tells its address. */
    long sendTo(long number, int length) {
        int offset = claim(length);
        fill(offset, 1, payload(number, length), ClaimWord.AVAILABLE);
        assertTrue(appender.commit(offset, 1));
        return appender.address(offset);
    }

    int claim(int length) {
        int offset = appender.claim(length, HotQueue.NO_LIMIT);
        assertNotEquals(Appender.FULL, offset, "no room");
        return offset;
    }

    void fill(int offset, long mtype, byte[] payload, int claim) {
        appender.segment().putBytes(offset + RecordDescriptor.PAYLOAD_OFFSET, payload);
        appender.describe(offset, mtype, claim);
    }

    // ---- receiving

    /** The next message from the cursor on that is available, consumed; null at the end. Others are passed for good. */
    byte[] receive() {
        if (!takeNext()) {
            return null;
        }
        byte[] payload = found();
        assertTrue(cursor.consume());
        cursor.step();
        return payload;
    }

    /** Takes the next message that is available, under the cursor; false at the end. */
    boolean takeNext() {
        int found = cursor.look();
        while (found != Cursor.END) {
            if (found == Cursor.MESSAGE && cursor.take()) {
                return true;
            }
            cursor.step();
            found = cursor.look();
        }
        return false;
    }

    /** A copy of the payload that the cursor found. */
    byte[] found() {
        byte[] payload = new byte[cursor.payloadLength()];
        UnsafeBuffer buffer = cursor.buffer();
        buffer.getBytes(cursor.payloadOffset(), payload);
        return payload;
    }

    void assertReceives(long number, int length) {
        byte[] expected = payload(number, length);
        byte[] payload = receive();
        assertTrue(payload != null, () -> "message " + number + " is missing");
        assertEquals(length, payload.length, () -> "length of message " + number);
        assertArrayEquals(expected, payload);
    }

    void assertReceivesNothing() {
        assertEquals(null, receive());
    }

    List<byte[]> receiveAll() {
        List<byte[]> all = new ArrayList<>();
        for (byte[] payload = receive(); payload != null; payload = receive()) {
            all.add(payload);
        }
        return all;
    }

    // ---- leaving

    /** Lets go of everything and gives the slot back. */
    void leave() {
        cursor.release();
        appender.release();
        chain.slots().release(slot, clientId);
    }

    /** The mapping goes; what the slot says stays as it is, as when the process is killed. */
    @Override
    public void close() {
        memory.close();
    }
}
