package dev.msqd.daemon.journal;

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
import static dev.msqd.daemon.journal.BatchDescriptor.SEQUENCE_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.SYNCED_OFFSET;
import static dev.msqd.daemon.journal.BatchDescriptor.WRITTEN_MS_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.PAGE_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.pageAligned;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks for whole batches in a file, through a window that moves over it. Lengths that it finds are checked before
 * use.
 */
final class BatchReader {
    private static final int WINDOW_LENGTH = 1 << 20;

    private LogFileHeader header;
    private LogFile file;
    private BatchChecksum checksum;
    private long length;

    private ByteBuffer window = ByteBuffer.allocateDirect(0);
    private UnsafeBuffer payloads;
    private long windowOffset;

    /** The batch at hand: where it begins, and where in the window. */
    private long offset;
    private int base;
    private int batchLength;

    /** What may still be checksummed in vain: lengths of a damaged file could make that endless. */
    private long patience;

    /** Begins with another file. */
    void start(LogFileHeader header, LogFile file) {
        this.header = header;
        this.file = file;
        checksum = new BatchChecksum(header.salt());
        length = file.length();
        patience = 4 * length;
        int needed = (int) Math.min(pageAligned(length), WINDOW_LENGTH);
        if (window.capacity() < needed || window.capacity() > WINDOW_LENGTH) {
            setWindow(needed);
        }
        window.limit(0);
    }

    /** Goes to an offset; false if no whole batch with this sequence or a higher one begins there. */
    boolean moveTo(long offset, long minSequence) {
        this.offset = offset;
        if (!load(offset, ENTRIES_OFFSET)) {
            return false;
        }
        batchLength = window.getInt(base + LENGTH_OFFSET);
        if (batchLength < ENTRIES_OFFSET || batchLength > length - offset || !isPlausible(minSequence) || patience < 0
            || !load(offset, batchLength)) {
            return false;
        }
        if (checksum.of(window, base, batchLength) == window.getInt(base + CRC_OFFSET)) {
            return true;
        }
        patience -= batchLength;
        return false;
    }

    /** Batches have at least a page each: so many can't lie before this one. */
    private boolean isPlausible(long minSequence) {
        return sequence() >= minSequence
            && sequence() - header.firstSequence() <= (offset - HEADER_LENGTH) / PAGE_LENGTH;
    }

    /** Whether the search for whole batches was given up: {@link #moveTo} says no from then on. */
    boolean hasGivenUp() {
        return patience < 0;
    }

    long offset() {
        return offset;
    }

    /** Where the next batch begins, if this one is whole. */
    long end() {
        return offset + pageAligned(batchLength);
    }

    long sequence() {
        return window.getLong(base + SEQUENCE_OFFSET);
    }

    long synced() {
        return window.getLong(base + SYNCED_OFFSET);
    }

    int replayFrom() {
        return window.getInt(base + REPLAY_FROM_OFFSET);
    }

    /** Gives out the whole batch at hand and its entries; returns what is wrong with them, null if nothing is. */
    String read(LogEntryHandler handler) {
        int number = header.number();
        handler.onBatch(number, offset, sequence(), replayFrom(),
            window.getLong(base + LAST_SEND_OFFSET), window.getLong(base + LAST_RECEIVE_OFFSET),
            window.getLong(base + WRITTEN_MS_OFFSET));
        int entry = base + ENTRIES_OFFSET;
        for (int end = base + batchLength; entry < end;) {
            int left = end - entry;
            int kind = left < BatchDescriptor.ENTRY_HEADER_LENGTH ? 0 : window.getInt(entry + KIND_OFFSET);
            int payloadLength = kind == 0 ? 0 : window.getInt(entry + PAYLOAD_LENGTH_OFFSET);
            int entryLength = BatchDescriptor.entryLength(kind, payloadLength);
            if (entryLength == 0 || entryLength > left) {
                return "an entry that is none";
            }
            read(entry, kind, payloadLength, handler);
            entry += entryLength;
        }
        return null;
    }

    private void read(int entry, int kind, int payloadLength, LogEntryHandler handler) {
        switch (kind) {
            case BatchDescriptor.SEND ->
                handler.onSend(offset + (entry - base), window.getLong(entry + POSITION_OFFSET),
                    window.getLong(entry + MTYPE_OFFSET), payloads, entry + PAYLOAD_OFFSET, payloadLength);
            case BatchDescriptor.CONSUMED -> handler.onConsumed(window.getLong(entry + FIRST_OFFSET),
                window.getLong(entry + LAST_OFFSET));
            case BatchDescriptor.CHECKPOINT_BEGIN ->
                handler.onCheckpointBegin(window.getLong(entry + INCARNATION_OFFSET));
            case BatchDescriptor.CHECKPOINT_END -> handler.onCheckpointEnd();
            default -> handler.onCleanStop();
        }
    }

    /** Whether the page at an offset, or what there is of it, holds zeros alone. */
    boolean isZero(long pageOffset) {
        int count = (int) Math.min(PAGE_LENGTH, length - pageOffset);
        if (!load(pageOffset, count)) {
            return true;
        }
        for (int index = base; index < base + count; index++) {
            if (window.get(index) != 0) {
                return false;
            }
        }
        return true;
    }

    long length() {
        return length;
    }

    /** Gets a range into the window; sets where it begins there. False: the file ends before. */
    private boolean load(long from, int count) {
        if (from >= windowOffset && from + count <= windowOffset + window.limit()) {
            base = (int) (from - windowOffset);
            return true;
        }
        if (count > length - from) {
            return false;
        }
        if (count > window.capacity()) {
            setWindow(count);
        }
        window.clear();
        file.read(window, from);
        window.flip();
        windowOffset = from;
        base = 0;
        return window.limit() >= count;
    }

    private void setWindow(int capacity) {
        window = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN).limit(0);
        payloads = new UnsafeBuffer(window);
    }
}
