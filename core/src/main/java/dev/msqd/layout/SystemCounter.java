package dev.msqd.layout;

/** What is counted of a daemon as a whole (see {@link CountersDescriptor}). */
public enum SystemCounter {
    /** When the daemon last looked at the queues in use, milliseconds since the epoch. */
    LOOKED("looked", 1),
    /** Queues there are. */
    QUEUES("queues", 2),
    /** Clients, connected or away. */
    CLIENTS("clients", 3),
    /** Clients whose process ended without a good-bye. */
    DEATHS("deaths", 4),
    /** How often something was put right in a queue. */
    REPAIRS("repairs", 5),
    /** How often a queue's log on disk was synced. */
    SYNCS("syncs", 6),
    /** How often a queue's log could not be written any more. */
    LOG_FAULTS("log faults", 7),
    /** Trace events for which there was no room. */
    TRACE_EVENTS_DROPPED("dropped trace events", 8);

    private final String label;
    private final int typeId;

    SystemCounter(String label, int typeId) {
        this.label = label;
        this.typeId = typeId;
    }

    /** The counter's label. */
    public String label() {
        return label;
    }

    /** The Agrona counter's type; nothing else has the same, and it never changes. */
    public int typeId() {
        return typeId;
    }
}
