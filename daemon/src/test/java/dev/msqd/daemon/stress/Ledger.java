package dev.msqd.daemon.stress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the processes of a storm note while they run, in memory that survives each of them. The file is sparse.
 *
 * <pre>
 *  +--------------------------------------------------+ 0
 *  |  Stop (0 run, 1 senders stop, 2 receivers stop)  |
 *  +--------------------------------------------------+ 64 + 64 * sender
 *  |  Acknowledged: sends that returned               |
 *  |  Left: 1 when it will send no more               |
 *  +--------------------------------------------------+ RECEIVERS + 64 * receiver
 *  |  In hand: message being received, 0 none         |
 *  |  Out of order: messages that came after a later  |
 *  |  one of the same sender                          |
 *  |  Corrupt: messages whose bytes were wrong        |
 *  |  Received                                        |
 *  |  Present: 1 from when it began to receive        |
 *  +--------------------------------------------------+ LAST + 512 Ki * receiver
 *  |  The messages it received last: a ring of ids    |
 *  +--------------------------------------------------+ COUNTS
 *  |  A byte a message: how often it was received     |
 *  +--------------------------------------------------+ HANDS + 32 Ki * receiver
 *  |  What a receiver that copies receives into       |
 *  +--------------------------------------------------+
 * </pre>
 */
final class Ledger implements AutoCloseable {
    static final int MAX_SENDERS = 1 << 13;
    static final int MAX_RECEIVERS = 1 << 13;
    static final int MAX_MESSAGES = 1 << 24;
    /** How many of its last messages a receiver notes. */
    static final int MAX_LAST = 1 << 16;

    static final int RUN = 0;
    static final int SENDERS_STOP = 1;
    static final int RECEIVERS_STOP = 2;

    private static final int LINE = 64;
    private static final int SENDERS = LINE;
    private static final int RECEIVERS = SENDERS + MAX_SENDERS * LINE;
    private static final int HEAD_LENGTH = RECEIVERS + MAX_RECEIVERS * LINE;
    private static final long LAST = 1 << 21; // HEAD_LENGTH, whole pages
    private static final int LAST_LENGTH = MAX_LAST * Long.BYTES;
    private static final long COUNTS = LAST + (long) MAX_RECEIVERS * LAST_LENGTH;
    private static final long HANDS = COUNTS + (long) MAX_SENDERS * MAX_MESSAGES;
    private static final int HAND_LENGTH = 1 << 15;
    private static final long LENGTH = HANDS + (long) MAX_RECEIVERS * HAND_LENGTH;
    private static final int LEFT = 8;
    private static final int IN_HAND = 0;
    private static final int OUT_OF_ORDER = 8;
    private static final int CORRUPT = 16;
    private static final int RECEIVED = 24;
    private static final int PRESENT = 32;

    private final FileChannel channel;
    private final UnsafeBuffer head;
    private final UnsafeBuffer[] counts = new UnsafeBuffer[MAX_SENDERS];
    private final UnsafeBuffer[] last = new UnsafeBuffer[MAX_RECEIVERS];
    private final UnsafeBuffer[] hands = new UnsafeBuffer[MAX_RECEIVERS];

    Ledger(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        if (channel.size() < LENGTH) {
            // At once: a channel that maps beyond the end sets the length that it wants, and may cut off what another process added meanwhile.
            channel.write(ByteBuffer.allocate(1), LENGTH - 1);
        }
        head = map(0, HEAD_LENGTH);
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

    void left(int sender) {
        head.putLongVolatile(SENDERS + sender * LINE + LEFT, 1);
    }

    boolean hasLeft(int sender) {
        return head.getLongVolatile(SENDERS + sender * LINE + LEFT) != 0;
    }

    void present(int receiver) {
        head.putLongVolatile(RECEIVERS + receiver * LINE + PRESENT, 1);
    }

    boolean isPresent(int receiver) {
        return head.getLongVolatile(RECEIVERS + receiver * LINE + PRESENT) != 0;
    }

    void inHand(int receiver, long id) {
        head.putLongVolatile(RECEIVERS + receiver * LINE + IN_HAND, id);
    }

    /** Noted by who receives in place, or the id of what was copied last: who dies may have received either. */
    long inHand(int receiver) {
        long noted = head.getLongVolatile(RECEIVERS + receiver * LINE + IN_HAND);
        return noted == 0 ? hand(receiver).getLongVolatile(0) : noted;
    }

    /**
     * Room for the longest message, for a receiver that copies: the message's id is in it before it is received. To be emptied, by
     * a 0 at the beginning, when the receipt is noted.
     */
    UnsafeBuffer hand(int receiver) {
        if (hands[receiver] == null) {
            hands[receiver] = map(HANDS + (long) receiver * HAND_LENGTH, HAND_LENGTH);
        }
        return hands[receiver];
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

    /** The message that a receiver received when it had received {@code index} others, one of its last {@link #MAX_LAST}. */
    long received(int receiver, long index) {
        return lastOf(receiver).getLongVolatile(lastOffset(index));
    }

    /** Counts one receipt, whoever else counts the same message at this moment. */
    void noteReceived(int receiver, long id) {
        int counter = RECEIVERS + receiver * LINE + RECEIVED;
        long before = head.getLong(counter);
        lastOf(receiver).putLong(lastOffset(before), id);
        // In this order: who dies in between is known to have received it, and it counts as in its hand still.
        head.putLongVolatile(counter, before + 1);
        int index = (int) sequence(id);
        countsOf(sender(id)).getAndAddInt(index & ~3, 1 << 8 * (index & 3));
    }

    int receipts(int sender, long sequence) {
        return countsOf(sender).getByte((int) sequence);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static int lastOffset(long index) {
        return (int) (index & MAX_LAST - 1) * Long.BYTES;
    }

    private UnsafeBuffer countsOf(int sender) {
        if (counts[sender] == null) {
            counts[sender] = map(COUNTS + (long) sender * MAX_MESSAGES, MAX_MESSAGES);
        }
        return counts[sender];
    }

    private UnsafeBuffer lastOf(int receiver) {
        if (last[receiver] == null) {
            last[receiver] = map(LAST + (long) receiver * LAST_LENGTH, LAST_LENGTH);
        }
        return last[receiver];
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
