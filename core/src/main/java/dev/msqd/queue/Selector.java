package dev.msqd.queue;

import dev.msqd.layout.StateDescriptor;
import dev.msqd.log.ArmedSlots;

/** Which messages a receiver wants: msgrcv's msgtyp and MSG_EXCEPT as a value (R38–R40). */
public final class Selector {
    static final int ANY = 0;
    static final int TYPE = 1;
    static final int EXCEPT = 2;
    static final int UP_TO = 3;
    /** What a sender that waits for room shows: no message satisfies it. */
    static final int NOTHING = -1;

    private static final Selector FIRST = new Selector(ANY, 0);

    private final int mode;
    private final long msgtyp;

    private Selector(int mode, long msgtyp) {
        this.mode = mode;
        this.msgtyp = msgtyp;
    }

    /** The first message, whatever its type. */
    public static Selector any() {
        return FIRST;
    }

    /**
     * The first message of this type.
     *
     * @throws IllegalArgumentException if it is not at least 1
     */
    public static Selector type(long mtype) {
        return new Selector(TYPE, positive(mtype));
    }

    /**
     * The first message of another type than this.
     *
     * @throws IllegalArgumentException if it is not at least 1
     */
    public static Selector except(long mtype) {
        return new Selector(EXCEPT, positive(mtype));
    }

    /**
     * The message of the lowest type up to this one; of several, the first. A receiver that sleeps takes whatever comes first
     * (R52).
     *
     * @throws IllegalArgumentException if it is not at least 1
     */
    public static Selector upTo(long mtype) {
        return new Selector(UP_TO, positive(mtype));
    }

    /** As msgrcv reads its arguments: MSG_EXCEPT counts for a positive msgtyp only; LONG_MIN acts as -LONG_MAX. */
    public static Selector of(long msgtyp, boolean except) {
        if (msgtyp == 0) {
            return FIRST;
        }
        if (msgtyp < 0) {
            return upTo(msgtyp == Long.MIN_VALUE ? Long.MAX_VALUE : -msgtyp);
        }
        return except ? except(msgtyp) : type(msgtyp);
    }

    int mode() {
        return mode;
    }

    long msgtyp() {
        return msgtyp;
    }

    /** What senders may go by before they look closer. */
    byte wantedKey() {
        return mode == TYPE ? StateDescriptor.wantedKey(msgtyp) : ArmedSlots.ANY_KEY;
    }

    /** Is a message of this type among those that it wants? */
    public boolean matches(long mtype) {
        return matches(mode, msgtyp, mtype);
    }

    /** Is a message of this type the one that it wants first, if none lies before it? Those after it may matter, too, where it wants the lowest type. */
    boolean takesNext(long mtype) {
        return mode != UP_TO && matches(mtype);
    }

    static boolean matches(int mode, long msgtyp, long mtype) {
        return switch (mode) {
            case ANY -> true;
            case TYPE -> mtype == msgtyp;
            case EXCEPT -> mtype != msgtyp;
            case UP_TO -> mtype <= msgtyp;
            default -> false;
        };
    }

    /** msgrcv's argument of this name. */
    public long msgtypArgument() {
        return mode == UP_TO ? -msgtyp : msgtyp;
    }

    /** Does it go with MSG_EXCEPT? */
    public boolean isExcept() {
        return mode == EXCEPT;
    }

    @Override
    public String toString() {
        return switch (mode) {
            case TYPE -> "type " + msgtyp;
            case EXCEPT -> "any type but " + msgtyp;
            case UP_TO -> "lowest type up to " + msgtyp;
            default -> "any type";
        };
    }

    private static long positive(long mtype) {
        if (mtype < 1) {
            throw new IllegalArgumentException("message type " + mtype + " is not at least 1");
        }
        return mtype;
    }
}
