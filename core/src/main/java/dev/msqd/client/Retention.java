package dev.msqd.client;

/**
 * How much of a queue's history stays on disk after it was received. What is queued stays in any case.
 *
 * @param seconds age up to which it stays; 0: age is no reason to keep it
 * @param bytes   size of the queue's files up to which it stays; 0: size is no reason to keep it
 */
public record Retention(long seconds, long bytes) {
    /** What was received is deleted as soon as its file holds nothing else. */
    public static final Retention NONE = new Retention(0, 0);

    /** @throws IllegalArgumentException a negative number */
    public Retention {
        if (seconds < 0 || bytes < 0) {
            throw new IllegalArgumentException("retention of " + seconds + " s, " + bytes + " bytes is negative");
        }
    }

    /** Whether anything is kept. */
    public boolean keeps() {
        return seconds > 0 || bytes > 0;
    }
}
