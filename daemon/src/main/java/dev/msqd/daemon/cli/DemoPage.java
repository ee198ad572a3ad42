package dev.msqd.daemon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the demo's processes tell each other: a small file that all of them map. Each line of it is written by one
 * process alone.
 * <pre>
 *    0                8                16               24               32               40
 *   +----------------+----------------+----------------+----------------+----------------+
 *   | start          | stop           | sentInAll      | away           |                |   the demo
 *   +----------------+----------------+----------------+----------------+----------------+ 128
 *   | ready          | sent           |                                                  |   the sender
 *   +----------------+----------------+----------------+----------------+----------------+ 256
 *   | ready          | received       | repeated       | out of order   |                |   the receiver
 *   +----------------+----------------+----------------+----------------+----------------+ 384
 *   | latency p50    | p99            | p99.9          | highest        | the same four while away ...
 *   +----------------+----------------+----------------+----------------+----------------+ 512
 * </pre>
 */
final class DemoPage {
    private static final int LINE_LENGTH = 2 * BitUtil.CACHE_LINE_LENGTH;

    /** 1 when the sender is to begin. */
    static final int START_OFFSET = 0;
    /** 1 when the sender is to end. */
    static final int STOP_OFFSET = START_OFFSET + Long.BYTES;
    /** How many messages there were in all, plus 1; 0 while that is not known. */
    static final int SENT_IN_ALL_OFFSET = STOP_OFFSET + Long.BYTES;
    /** 1 while there is no daemon. */
    static final int AWAY_OFFSET = SENT_IN_ALL_OFFSET + Long.BYTES;

    /** 1 when the sender can begin. */
    static final int SENDER_READY_OFFSET = START_OFFSET + LINE_LENGTH;
    /** Messages whose send has returned. */
    static final int SENT_OFFSET = SENDER_READY_OFFSET + Long.BYTES;

    /** 1 when the receiver has attached. */
    static final int RECEIVER_READY_OFFSET = SENDER_READY_OFFSET + LINE_LENGTH;
    /** Different messages received. */
    static final int RECEIVED_OFFSET = RECEIVER_READY_OFFSET + Long.BYTES;
    /** Messages received that had been received before. */
    static final int REPEATED_OFFSET = RECEIVED_OFFSET + Long.BYTES;
    /** Messages received after a later one. */
    static final int OUT_OF_ORDER_OFFSET = REPEATED_OFFSET + Long.BYTES;

    /** Latencies in ns at {@link #PERCENTILES}, while a daemon was there; written at the end. */
    static final int LATENCY_OFFSET = RECEIVER_READY_OFFSET + LINE_LENGTH;
    /** The percentiles that are told. */
    static final double[] PERCENTILES = {50, 99, 99.9, 100};
    /** The same while there was no daemon. */
    static final int AWAY_LATENCY_OFFSET = LATENCY_OFFSET + PERCENTILES.length * Long.BYTES;

    private static final int LENGTH = LATENCY_OFFSET + LINE_LENGTH;

    private final UnsafeBuffer buffer;

    private DemoPage(UnsafeBuffer buffer) {
        this.buffer = buffer;
    }

    /** Maps the file, which is made if it is not there. */
    static DemoPage map(Path file) {
        try (FileChannel channel = FileChannel.open(file,
            StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            return new DemoPage(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long get(int offset) {
        return buffer.getLongAcquire(offset);
    }

    void set(int offset, long value) {
        buffer.putLongRelease(offset, value);
    }
}
