package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.BatchDescriptor.CHECKPOINT_BEGIN;
import static dev.msqd.daemon.journal.BatchDescriptor.CHECKPOINT_END;
import static dev.msqd.daemon.journal.BatchDescriptor.CLEAN_STOP;
import static dev.msqd.daemon.journal.BatchDescriptor.CONSUMED;
import static dev.msqd.daemon.journal.BatchDescriptor.CRC_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.ENTRIES_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.FIRST_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.INCARNATION_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.KIND_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.LAST_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.LAST_RECEIVE_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.LAST_SEND_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.LENGTH_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.MTYPE_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.PAYLOAD_LENGTH_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.PAYLOAD_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.POSITION_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.REPLAY_FROM_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.SEND;
import static dev.msqd.daemon.journal.BatchDescriptor.SEQUENCE_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.SYNCED_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.WRITTEN_MS_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.pageAligned;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Puts a batch together. Its memory is a page from the first batch on, grows with batches, and shrinks again while
 * they are small.
 */
final class BatchBuilder {
    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private ByteBuffer buffer = NOTHING;
    private int length = ENTRIES_OFFSET;
    private boolean holdsSends;
    private boolean endsCheckpoint;

    boolean isEmpty() {
        return length == ENTRIES_OFFSET;
    }

    /** Bytes on disk with an entry more, of this length; without padding to pages. */
    long lengthWith(int entryLength) {
        return (long) length + entryLength;
    }

    int length() {
        return length;
    }

    /** Whether a batch may have to do without the reserve. */
    boolean holdsSends() {
        return holdsSends;
    }

    boolean endsCheckpoint() {
        return endsCheckpoint;
    }

    void send(long position, long mtype, DirectBuffer source, int offset, int payloadLength) {
        int entry = add(SEND, payloadLength);
        buffer.putLong(entry + POSITION_OFFSET, position).putLong(entry + MTYPE_OFFSET, mtype);
        source.getBytes(offset, buffer, entry + PAYLOAD_OFFSET, payloadLength);
        for (int index = entry + PAYLOAD_OFFSET + payloadLength; index < length; index++) {
            buffer.put(index, (byte) 0);
        }
        holdsSends = true;
    }

    void consumed(long first, long last) {
        int entry = add(CONSUMED, 0);
        buffer.putLong(entry + FIRST_OFFSET, first).putLong(entry + LAST_OFFSET, last);
    }

    void checkpointBegin(long incarnation) {
        int entry = add(CHECKPOINT_BEGIN, 0);
        buffer.putLong(entry + INCARNATION_OFFSET, incarnation);
    }

    void checkpointEnd() {
        add(CHECKPOINT_END, 0);
        endsCheckpoint = true;
    }

    void cleanStop() {
        add(CLEAN_STOP, 0);
    }

    /** The whole batch as it goes to disk, padded. Valid until something is added. */
    ByteBuffer seal(BatchChecksum checksum, long sequence, long synced, int replayFrom, long lastSend, long lastReceive,
        long writtenMs) {
        int end = (int) pageAligned(length);
        reserve(end);
        buffer.putInt(LENGTH_OFFSET, length)
            .putLong(SEQUENCE_OFFSET, sequence)
            .putLong(SYNCED_OFFSET, synced)
            .putLong(LAST_SEND_OFFSET, lastSend)
            .putLong(LAST_RECEIVE_OFFSET, lastReceive)
            .putLong(WRITTEN_MS_OFFSET, writtenMs)
            .putLong(REPLAY_FROM_OFFSET, replayFrom) // and zeros behind it
            .putInt(CRC_OFFSET, checksum.of(buffer, 0, length));
        for (int index = length; index < end; index += Long.BYTES) {
            buffer.putLong(index, 0);
        }
        return buffer.limit(end).position(0);
    }

    /** Bytes of memory in use. */
    int capacity() {
        return buffer.capacity();
    }

    /** Begins anew. */
    void clear() {
        if (buffer.capacity() > QueueLog.MAX_BATCH_LENGTH) {
            buffer = allocate(PAGE_LENGTH);
        } else if (buffer.capacity() > PAGE_LENGTH && length <= buffer.capacity() / 8) {
            buffer = allocate((int) pageAligned(buffer.capacity() / 2));
        }
        buffer.clear();
        length = ENTRIES_OFFSET;
        holdsSends = false;
        endsCheckpoint = false;
    }

    /** Makes room and writes the first word of an entry; returns where it begins. */
    private int add(int kind, int payloadLength) {
        int entry = length;
        int end = entry + BatchDescriptor.entryLength(kind, payloadLength);
        reserve((int) pageAligned(end));
        buffer.putInt(entry + KIND_OFFSET, kind).putInt(entry + PAYLOAD_LENGTH_OFFSET, payloadLength);
        length = end;
        return entry;
    }

    private void reserve(int needed) {
        if (needed > buffer.capacity()) {
            int capacity = (int) Math.max(needed, Math.min(2L * buffer.capacity(), QueueLog.MAX_BATCH_LENGTH));
            buffer = allocate(capacity).put(0, buffer, 0, Math.min(length, buffer.capacity()));
        }
    }

    private static ByteBuffer allocate(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }
}
