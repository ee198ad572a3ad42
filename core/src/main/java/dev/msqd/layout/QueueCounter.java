package dev.msqd.layout;

/** What is counted of each queue (see {@link CountersDescriptor}). */
public enum QueueCounter {
    /** Messages queued: qnum. */
    DEPTH("depth", 101),
    /** Their bytes: cbytes. */
    BYTES("bytes", 102),
    /** How many bytes may be queued: qbytes. */
    LIMIT("limit", 103),
    /**
     * Messages that came into the queue. What a sender gave up, or died over, counts as sent and as received: the log knows it as one that
     * came and went.
     */
    SENT("sent", 104),
    /** Their bytes. */
    SENT_BYTES("sent bytes", 105),
    /** Messages that left the queue. */
    RECEIVED("received", 106),
    /** Their bytes. */
    RECEIVED_BYTES("received bytes", 107),
    /**
     * When the oldest message that is queued was there already, milliseconds since the epoch; 0 while none is. The counter's reference id is
     * its position in the log.
     */
    OLDEST("oldest", 108),
    /** Receivers asleep, or about to be. */
    WAITING_RECEIVERS("waiting receivers", 109),
    /** Senders asleep for want of room, or about to be. */
    WAITING_SENDERS("waiting senders", 110),
    /** How much time's messages the log on disk lacks, nanoseconds; 0 when it lacks none, and at level process. */
    LOG_LAG("log lag", 111),
    /** How often the log on disk was synced. */
    SYNCS("syncs", 112),
    /** How often something was put right that a process left that was killed. */
    REPAIRS("repairs", 113);

    private final String label;
    private final int typeId;

    QueueCounter(String label, int typeId) {
        this.label = label;
        this.typeId = typeId;
    }

    /** What the counter's label begins with. */
    public String label() {
        return label;
    }

    /** The Agrona counter's type; nothing else has the same, and it never changes. */
    public int typeId() {
        return typeId;
    }
}
