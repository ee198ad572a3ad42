package dev.msqd.daemon.stats;

import static dev.msqd.layout.CountersDescriptor.KEY_INCARNATION_OFFSET;
import static dev.msqd.layout.CountersDescriptor.KEY_KEY_OFFSET;
import static dev.msqd.layout.CountersDescriptor.KEY_MSQID_OFFSET;
import static dev.msqd.layout.CountersDescriptor.KEY_RECEIVED_BEFORE_OFFSET;
import static dev.msqd.layout.CountersDescriptor.KEY_SENT_BEFORE_OFFSET;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What the key of each of a queue's counters says ({@link dev.msqd.layout.CountersDescriptor}).
 *
 * @param sentBefore     the hot log's running totals when counting began
 * @param receivedBefore likewise
 */
record QueueIdentity(int msqid, int key, long incarnation, long sentBefore, long receivedBefore) {
    void write(MutableDirectBuffer buffer) {
        buffer.putInt(KEY_MSQID_OFFSET, msqid);
        buffer.putInt(KEY_KEY_OFFSET, key);
        buffer.putLong(KEY_INCARNATION_OFFSET, incarnation);
        buffer.putLong(KEY_SENT_BEFORE_OFFSET, sentBefore);
        buffer.putLong(KEY_RECEIVED_BEFORE_OFFSET, receivedBefore);
    }

    static QueueIdentity read(DirectBuffer buffer) {
        return new QueueIdentity(buffer.getInt(KEY_MSQID_OFFSET), buffer.getInt(KEY_KEY_OFFSET),
            buffer.getLong(KEY_INCARNATION_OFFSET), buffer.getLong(KEY_SENT_BEFORE_OFFSET),
            buffer.getLong(KEY_RECEIVED_BEFORE_OFFSET));
    }
}
