package dev.msqd.layout;

/**
 * What a queue's messages survive, and when: the level a queue is made with. Every level survives the death of any process, and a
 * daemon that is stopped in good order.
 */
public enum Durability {
    /** Nothing more: what is queued is lost when the machine stops. */
    PROCESS(0),
    /** A power cut loses only what was sent, and repeats only what was received, within the daemon's log interval before it. */
    INTERVAL(1),
    /** msgsnd and msgrcv return when what they did is on disk: a power cut loses and repeats nothing. */
    SYNC(2);

    private static final Durability[] BY_CODE = values();

    private final int code;

    Durability(int code) {
        this.code = code;
    }

    /** What stands for it in shared memory, in files and in packets. */
    public int code() {
        return code;
    }

    /** Whether {@link #of} knows this code. */
    public static boolean isCode(int code) {
        return code >= 0 && code < BY_CODE.length;
    }

    /** The level of a code for which {@link #isCode} holds. */
    public static Durability of(int code) {
        return BY_CODE[code];
    }
}
