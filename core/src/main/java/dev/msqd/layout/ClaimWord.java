package dev.msqd.layout;

/**
 * The claim word of a record: who may have the message.
 *
 * <pre>
 *   31 30                           3  2  1  0
 *  +--+------------------------------+--+-----+    A: who was handed the message has come round to it
 *  |A |  Tag of the taker            |L |State|    L: the message is in the log on disk
 *  +--+------------------------------+--+-----+
 *
 *  0 ──commit──▶ AVAILABLE ◀──▶ TAKEN ──▶ CONSUMED
 *  └──hand-off, before the commit──▶┘
 * </pre>
 *
 * Every move is a compare-and-set, except the first, which is made while the record is still its sender's own.
 * CONSUMED is final. Zero can't be taken.
 */
public final class ClaimWord {
    public static final int AVAILABLE = 1;

    private static final int TAKEN = 2;
    private static final int CONSUMED = 3;
    private static final int STATE_MASK = 3;
    private static final int LOGGED_FLAG = 4;
    private static final int TAG_SHIFT = 3;
    private static final int ACCEPTED_FLAG = 1 << 31;

    private ClaimWord() {}

    /** The word after the owner of {@code tag} took what read {@code claim}. */
    public static int taken(int claim, int tag) {
        return (tag << TAG_SHIFT) | (claim & LOGGED_FLAG) | TAKEN;
    }

    /** The word after the one that {@code claim} was handed to accepted it. */
    public static int accepted(int claim) {
        return claim | ACCEPTED_FLAG;
    }

    /** The word after the owner of {@code tag} consumed what read {@code claim}. */
    public static int consumed(int claim, int tag) {
        return (tag << TAG_SHIFT) | (claim & LOGGED_FLAG) | CONSUMED;
    }

    /** The word after what read {@code claim} went back to its place. */
    public static int returned(int claim) {
        return (claim & LOGGED_FLAG) | AVAILABLE;
    }

    /** The word after what read {@code claim} was found to be in the log on disk. */
    public static int logged(int claim) {
        return claim | LOGGED_FLAG;
    }

    public static boolean isLogged(int claim) {
        return (claim & LOGGED_FLAG) != 0;
    }

    /** Tag of who took it last; 0 if nobody did since it was returned. */
    public static int tag(int claim) {
        return (claim & ~ACCEPTED_FLAG) >>> TAG_SHIFT;
    }

    public static boolean isAvailable(int claim) {
        return (claim & STATE_MASK) == AVAILABLE;
    }

    public static boolean isTakenBy(int claim, int tag) {
        return (claim & ~(LOGGED_FLAG | ACCEPTED_FLAG)) == ((tag << TAG_SHIFT) | TAKEN);
    }

    public static boolean isTaken(int claim) {
        return (claim & STATE_MASK) == TAKEN;
    }

    /** Was it taken for the owner of {@code tag} by a sender, and did that one not come round to it yet? */
    public static boolean isHandedTo(int claim, int tag) {
        return (claim & ACCEPTED_FLAG) == 0 && isTakenBy(claim, tag);
    }

    public static boolean isConsumed(int claim) {
        return (claim & STATE_MASK) == CONSUMED;
    }

    public static boolean isConsumedBy(int claim, int tag) {
        return (claim & ~LOGGED_FLAG) == ((tag << TAG_SHIFT) | CONSUMED);
    }
}
