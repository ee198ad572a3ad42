package dev.msqd.daemon.durability;

/**
 * Something that was asked for and answered: when, by the clock and by the number of writes that the device had got. One thread
 * takes it; others may look.
 */
final class Step {
    private static final int NEVER = Integer.MAX_VALUE;

    private final int writesBefore;
    private final long beginNs;
    private volatile long endNs;
    private volatile int writesAfter = NEVER;

    Step(int writesBefore, long beginNs) {
        this.writesBefore = writesBefore;
        this.beginNs = beginNs;
    }

    /** It was answered: done. What was refused is never done. */
    void done(int writes, long nowNs) {
        endNs = nowNs;
        writesAfter = writes;
    }

    /** Another step ends when this one did. */
    void copyEndTo(Step other) {
        other.done(writesAfter, endNs);
    }

    /** Nobody had asked for it when the power failed. */
    boolean isAfter(int cut) {
        return writesBefore >= cut;
    }

    /** It was answered before the last flush that the disk got. */
    boolean isDoneBy(int flushed) {
        return writesAfter <= flushed;
    }

    boolean isDone() {
        return writesAfter != NEVER;
    }

    long beginNs() {
        return beginNs;
    }

    /** Only of what is done. */
    long endNs() {
        return endNs;
    }

    @Override
    public String toString() {
        return "[" + writesBefore + ", " + (isDone() ? Integer.toString(writesAfter) : "never") + "]";
    }
}
