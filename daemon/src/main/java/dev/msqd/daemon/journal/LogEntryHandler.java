package dev.msqd.daemon.journal;

import org.agrona.DirectBuffer;

/**
 * What {@link LogReader} finds, in order. All methods do nothing unless overridden. Buffers are valid during the
 * call.
 */
public interface LogEntryHandler {
    /** A file with a good header begins. */
    default void onFile(int file, long incarnation, long madeMs) {}

    /**
     * A whole batch begins; its entries follow.
     *
     * @param replayFrom number of the file from which on a replay has to read.
     * @param timeMs when it was written, real time.
     */
    default void onBatch(int file, long offset, long sequence, int replayFrom, long lastSend, long lastReceive,
        long timeMs) {}

    /** @param place of the entry in its file, in bytes. */
    default void onSend(long place, long position, long mtype, DirectBuffer buffer, int offset, int length) {}

    default void onConsumed(long first, long last) {}

    default void onCheckpointBegin(long incarnation) {}

    default void onCheckpointEnd() {}

    default void onCleanStop() {}

    /** Something is missing or wrong that no power cut explains. */
    default void onDamage(int file, long offset, String what) {}

    /** The log ends in the middle of a batch that was being written, as after a power cut. */
    default void onTornTail(int file, long offset) {}

    /** A file that its maker never finished making. */
    default void onUnfinishedFile(int file) {}
}
