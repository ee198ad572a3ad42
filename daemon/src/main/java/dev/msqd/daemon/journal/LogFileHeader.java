package dev.msqd.daemon.journal;

import static dev.msqd.daemon.journal.LogFileDescriptor.CRC_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.FIRST_SEQUENCE_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.HEADER_LENGTH;
import static dev.msqd.daemon.journal.LogFileDescriptor.INCARNATION_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.MADE_MS_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.MAGIC_AND_VERSION;
import static dev.msqd.daemon.journal.LogFileDescriptor.MAGIC_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.NUMBER_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.PREVIOUS_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.REPLAY_FROM_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.SALT_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.SYNCED_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.UUID_HIGH_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.UUID_LOW_OFFSET;
import static dev.msqd.daemon.journal.LogFileDescriptor.isMagic;
import static dev.msqd.daemon.journal.LogFileDescriptor.version;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/** What the header page of a log's file says; see {@link LogFileDescriptor}. */
record LogFileHeader(UUID queue, int number, int previous, int replayFrom, long firstSequence, long synced,
    long incarnation, long madeMs, long salt) {

    /** A page for {@link #read} or {@link #encode}. */
    static ByteBuffer newPage() {
        return ByteBuffer.allocateDirect(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer encode() {
        ByteBuffer page = newPage();
        page.putLong(MAGIC_OFFSET, MAGIC_AND_VERSION)
            .putLong(UUID_HIGH_OFFSET, queue.getMostSignificantBits())
            .putLong(UUID_LOW_OFFSET, queue.getLeastSignificantBits())
            .putInt(NUMBER_OFFSET, number)
            .putInt(PREVIOUS_OFFSET, previous)
            .putInt(REPLAY_FROM_OFFSET, replayFrom)
            .putLong(FIRST_SEQUENCE_OFFSET, firstSequence)
            .putLong(SYNCED_OFFSET, synced)
            .putLong(INCARNATION_OFFSET, incarnation)
            .putLong(MADE_MS_OFFSET, madeMs)
            .putLong(SALT_OFFSET, salt)
            .putInt(CRC_OFFSET, crc(page));
        return page;
    }

    /** What is wrong with a page as the header of this file; null if nothing is. */
    static String fault(ByteBuffer page, UUID queue, int number) {
        if (page.limit() < HEADER_LENGTH) {
            return "the file ends within its header";
        }
        if (page.getInt(CRC_OFFSET) != crc(page) || !isMagic(page.getLong(MAGIC_OFFSET))) {
            return "the header is not one, or was changed";
        }
        if (page.getLong(MAGIC_OFFSET) != MAGIC_AND_VERSION) {
            return "format version " + version(page.getLong(MAGIC_OFFSET)) + ", this program knows "
                + LogFileDescriptor.FORMAT_VERSION;
        }
        LogFileHeader header = decode(page);
        if (!header.queue.equals(queue)) {
            return "a file of queue " + header.queue + ", not of " + queue;
        }
        if (header.number != number) {
            return "was made as file " + header.number;
        }
        return null;
    }

    /** From a page without {@link #fault}. */
    static LogFileHeader decode(ByteBuffer page) {
        return new LogFileHeader(
            new UUID(page.getLong(UUID_HIGH_OFFSET), page.getLong(UUID_LOW_OFFSET)),
            page.getInt(NUMBER_OFFSET),
            page.getInt(PREVIOUS_OFFSET),
            page.getInt(REPLAY_FROM_OFFSET),
            page.getLong(FIRST_SEQUENCE_OFFSET),
            page.getLong(SYNCED_OFFSET),
            page.getLong(INCARNATION_OFFSET),
            page.getLong(MADE_MS_OFFSET),
            page.getLong(SALT_OFFSET));
    }

    private static int crc(ByteBuffer page) {
        CRC32C crc = new CRC32C();
        crc.update(page.slice(0, CRC_OFFSET));
        return (int) crc.getValue();
    }
}
