package dev.msqd.bench.peer;

/**
 * What a loop that polls does in between, the same for all peers of a process: nothing, because any pause adds to the time until a message
 * is seen; or it lets others have the processor, where more processes poll than there are processors.
 */
public enum Idle {
    NONE, PAUSE, YIELD;

    /** The system property that says which; {@link #NONE} unless set. */
    public static final String PROPERTY = "msqd.bench.idle";

    private static final Idle OWN = valueOf(System.getProperty(PROPERTY, NONE.name()));

    public static void once() {
        if (OWN == PAUSE) {
            Thread.onSpinWait();
        } else if (OWN == YIELD) {
            Thread.yield();
        }
    }

    /** The option for a JVM whose loops are to do this. */
    public String option() {
        return "-D" + PROPERTY + "=" + name();
    }
}
