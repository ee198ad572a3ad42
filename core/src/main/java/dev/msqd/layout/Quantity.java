package dev.msqd.layout;

/**
 * A number of payload bytes and a number of messages in one word, so that both change together in one store.
 *
 * <pre>
 *   63                              30 29                           0
 *  +----------------------------------+------------------------------+
 *  |  Bytes                           |  Messages                    |
 *  +----------------------------------+------------------------------+
 * </pre>
 *
 * Running totals are sums of such words modulo 2^64. What is live is the difference of two totals, and that difference is
 * exact as long as fewer than 2^34 bytes and 2^30 messages are live, whatever the totals wrapped on the way.
 */
public final class Quantity {
    /** A queue holds fewer bytes than this. */
    public static final long MAX_BYTES = 1L << 34;

    /** A queue holds fewer messages than this. */
    public static final long MAX_MESSAGES = 1L << 30;

    private static final int BYTES_SHIFT = 30;

    private Quantity() {}

    /** One message of so many bytes. */
    public static long ofMessage(int payloadLength) {
        return ((long) payloadLength << BYTES_SHIFT) + 1;
    }

    /** So many messages with so many bytes together; the sum wraps as running totals do. */
    public static long of(long bytes, long messages) {
        return (bytes << BYTES_SHIFT) + messages;
    }

    public static long bytes(long quantity) {
        return quantity >>> BYTES_SHIFT;
    }

    public static long messages(long quantity) {
        return quantity & (MAX_MESSAGES - 1);
    }

    /**
     * Does one message more fit (R21)? It does iff bytes and messages, it included, are each at most {@code qbytes}.
     */
    public static boolean fits(long live, int payloadLength, long qbytes) {
        return bytes(live) + payloadLength <= Math.min(qbytes, MAX_BYTES - 1)
            && messages(live) < qbytes && messages(live) < MAX_MESSAGES - 1;
    }
}
