package dev.msqd.client;

import dev.msqd.client.control.ControlDescriptor;
import dev.msqd.layout.Durability;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a new queue is made with beside what msgget says. A queue that exists keeps what it has. An empty field takes the
 * daemon's value.
 *
 * @param qbytes     limit in bytes, 0 or more; above msgmnb it needs CAP_SYS_RESOURCE, else EPERM. The daemon's: msgmnb
 * @param durability what its messages survive. The daemon's: as configured, {@link Durability#INTERVAL} unless somebody did
 * @param retention  how much of its history stays on disk; {@link Retention#NONE} unless asked for
 */
public record QueueOptions(OptionalLong qbytes, Optional<Durability> durability, Retention retention) {
    private static final QueueOptions NONE =
        new QueueOptions(OptionalLong.empty(), Optional.empty(), Retention.NONE);

    /** The daemon's values: the point to start from. */
    public static QueueOptions none() {
        return NONE;
    }

    /** The daemon's values but for the limit, bytes; -1 is the daemon's, too. */
    public static QueueOptions ofQbytes(long qbytes) {
        return qbytes == ControlDescriptor.DEFAULT_QBYTES ? NONE : NONE.withQbytes(qbytes);
    }

    /** These options, and this limit in bytes. */
    public QueueOptions withQbytes(long qbytes) {
        return new QueueOptions(OptionalLong.of(qbytes), durability, retention);
    }

    /** These options, and this durability. */
    public QueueOptions withDurability(Durability durability) {
        return new QueueOptions(qbytes, Optional.of(durability), retention);
    }

    /** These options, and this history. */
    public QueueOptions withRetention(Retention retention) {
        return new QueueOptions(qbytes, durability, retention);
    }
}
