package dev.msqd.client;

import dev.msqd.layout.Durability;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What {@code IPC_SET} may change (R64). An empty field leaves the queue's value as it is; System V's own call always
 * names the first four.
 *
 * @param uid        the new owner; -1 is refused with EINVAL (R61)
 * @param gid        the new owning group; -1 is refused with EINVAL (R61)
 * @param mode       the new permission bits; only the lowest nine count (R64)
 * @param qbytes     the new limit in bytes, 0 or more; above msgmnb it needs CAP_SYS_RESOURCE, else EPERM (R65)
 * @param durability what messages survive from now on; a send or receive that is under way may follow either level
 * @param retention  how much of the history stays on disk from now on
 */
public record QueueSettings(
    OptionalInt uid,
    OptionalInt gid,
    OptionalInt mode,
    OptionalLong qbytes,
    Optional<Durability> durability,
    Optional<Retention> retention) {

    private static final QueueSettings NONE = new QueueSettings(OptionalInt.empty(), OptionalInt.empty(),
        OptionalInt.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty());

    /** Changes nothing but ctime: the point to start from. */
    public static QueueSettings none() {
        return NONE;
    }

    /** These settings, and this owner. */
    public QueueSettings withUid(int uid) {
        return new QueueSettings(OptionalInt.of(uid), gid, mode, qbytes, durability, retention);
    }

    /** These settings, and this owning group. */
    public QueueSettings withGid(int gid) {
        return new QueueSettings(uid, OptionalInt.of(gid), mode, qbytes, durability, retention);
    }

    /** These settings, and these permission bits. */
    public QueueSettings withMode(int mode) {
        return new QueueSettings(uid, gid, OptionalInt.of(mode), qbytes, durability, retention);
    }

    /** These settings, and this limit in bytes. */
    public QueueSettings withQbytes(long qbytes) {
        return new QueueSettings(uid, gid, mode, OptionalLong.of(qbytes), durability, retention);
    }

    /** These settings, and this durability. */
    public QueueSettings withDurability(Durability durability) {
        return new QueueSettings(uid, gid, mode, qbytes, Optional.of(durability), retention);
    }

    /** These settings, and this history; {@link Retention#NONE} for none. */
    public QueueSettings withRetention(Retention retention) {
        return new QueueSettings(uid, gid, mode, qbytes, durability, Optional.of(retention));
    }
}
