package dev.msqd.daemon.differential;

/**
 * How a step names a queue. Ids differ from run to run, so a program has variables: msgget stores an id in one, other steps
 * read it, and keep reading it when the queue is gone.
 */
record QueueRef(int variable, Kind kind) {
    enum Kind {
        /** The id that the variable holds. */
        PRESENT,
        /** The id that it held before. */
        FORMER,
        /** No id at all. */
        NEGATIVE,
        /** An id that no queue ever had. */
        UNKNOWN,
        /** The index in the variable's id, for MSG_STAT. */
        INDEX,
        /** The same with other bits above it (R72). */
        INDEX_AND_MORE
    }

    @Override
    public String toString() {
        return switch (kind) {
            case PRESENT -> "q" + variable;
            case FORMER -> "(former q" + variable + ")";
            case NEGATIVE -> "-1";
            case UNKNOWN -> "(unknown id)";
            case INDEX -> "index(q" + variable + ")";
            case INDEX_AND_MORE -> "index(q" + variable + ")|3<<15";
        };
    }
}
