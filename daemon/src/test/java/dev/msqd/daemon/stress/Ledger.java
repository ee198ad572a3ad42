package dev.msqd.daemon.stress;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the processes of a storm note while they run, in memory that survives each of them.
 *
 * <pre>
 *  +--------------------------------------------------+ 0
 *  |  Stop (0 run, 1 senders stop, 2 receivers stop)  |
 *  +--------------------------------------------------+ 64 + 64 * sender
 *  |  Acknowledged: sends that returned               |
 *  +--------------------------------------------------+ RECEIVERS + 64 * receiver
 *  |  In hand: message being received, 0 none         |
 *  |  Out of order: messages that came after a later  |
 *  |  one of the same sender                          |
 *  |  Corrupt: messages whose bytes were wrong        |
 *  |  Received                                        |
 *  +--------------------------------------------------+ COUNTS
 *  |  A byte a message: how often it was received     |
 *  +--------------------------------------------------+
 * </pre>
 */
final class Ledger implements AutoCloseable {
    static final int MAX_SENDERS = 128;
    static final int MAX_RECEIVERS = 256;
    static final int MAX_MESSAGES = 1 << 22;

    static final int RUN = 0;
    static final int SENDERS_STOP = 1;
    static final int RECEIVERS_STOP = 2;

    private static final int LINE = 64;
    private static final int SENDERS = LINE;
    private static final int RECEIVERS = SENDERS + MAX_SENDERS * LINE;
    private static final int COUNTS = RECEIVERS + MAX_RECEIVERS * LINE;
    private static final int IN_HAND = 0;
    private static final int OUT_OF_ORDER = 8;
    private static final int CORRUPT = 16;
    private static final int RECEIVED = 24;

    private final FileChannel channel;
    private final UnsafeBuffer head;
    private final UnsafeBuffer[] counts = new UnsafeBuffer[MAX_SENDERS];

    Ledger(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        head = map(0, COUNTS);
    }

    /** A message's number in the whole storm, never 0. */
    static long id(int sender, long sequence) {
        return (long) sender * MAX_MESSAGES + sequence + 1;
    }

    static int sender(long id) {
        return (int) ((id - 1) / MAX_MESSAGES);
    }

    static long sequence(long id) {
        return (id - 1) % MAX_MESSAGES;
    }

    int stop() {
        return head.getIntVolatile(0);
    }

    void stop(int stage) {
        head.putIntVolatile(0, stage);
    }

    void acknowledged(int sender, long count) {
        head.putLongRelease(SENDERS + sender * LINE, count);
    }

    long acknowledged(int sender) {
        return head.getLongVolatile(SENDERS + sender * LINE);
    }

    void inHand(int receiver, long id) {
        head.putLongVolatile(RECEIVERS + receiver * LINE + IN_HAND, id);
    }

    long inHand(int receiver) {
        return head.getLongVolatile(RECEIVERS + receiver * LINE + IN_HAND);
    }

    void outOfOrder(int receiver) {
        head.getAndAddLong(RECEIVERS + receiver * LINE + OUT_OF_ORDER, 1);
    }

    long outOfOrderCount(int receiver) {
        return head.getLongVolatile(RECEIVERS + receiver * LINE + OUT_OF_ORDER);
    }

    void corrupt(int receiver) {
        head.getAndAddLong(RECEIVERS + receiver * LINE + CORRUPT, 1);
    }

    long corruptCount(int receiver) {
        return head.getLongVolatile(RECEIVERS + receiver * LINE + CORRUPT);
    }

    long receivedCount(int receiver) {
        return head.getLongVolatile(RECEIVERS + receiver * LINE + RECEIVED);
    }

    /** Counts one receipt, whoever else counts the same message at this moment. */
    void received(int receiver, long id) {
        int index = (int) sequence(id);
        countsOf(sender(id)).getAndAddInt(index & ~3, 1 << 8 * (index & 3));
        head.getAndAddLong(RECEIVERS + receiver * LINE + RECEIVED, 1);
    }

    int receipts(int sender, long sequence) {
        return countsOf(sender).getByte((int) sequence);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private UnsafeBuffer countsOf(int sender) {
        if (counts[sender] == null) {
            counts[sender] = map(COUNTS + (long) sender * MAX_MESSAGES, MAX_MESSAGES);
        }
        return counts[sender];
    }

    private UnsafeBuffer map(long offset, long length) {
        try {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, offset, length);
            return new UnsafeBuffer(mapped);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
