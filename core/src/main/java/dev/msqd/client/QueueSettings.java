package dev.msqd.client;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What {@code IPC_SET} may change (R64). An empty field leaves the queue's value as it is; System V's own call always
 * names all four.
 *
 * @param uid    the new owner; -1 is refused with EINVAL (R61)
 * @param gid    the new owning group; -1 is refused with EINVAL (R61)
 * @param mode   the new permission bits; only the lowest nine count (R64)
 * @param qbytes the new limit in bytes, 0 or more; above msgmnb it needs CAP_SYS_RESOURCE, else EPERM (R65)
 */
public record QueueSettings(OptionalInt uid, OptionalInt gid, OptionalInt mode, OptionalLong qbytes) {
    private static final QueueSettings NONE =
        new QueueSettings(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty());

    /** Changes nothing but ctime: the point to start from. */
    public static QueueSettings none() {
        return NONE;
    }

    /** These settings, and this owner. */
    public QueueSettings withUid(int uid) {
        return new QueueSettings(OptionalInt.of(uid), gid, mode, qbytes);
    }

    /** These settings, and this owning group. */
    public QueueSettings withGid(int gid) {
        return new QueueSettings(uid, OptionalInt.of(gid), mode, qbytes);
    }

    /** These settings, and these permission bits. */
    public QueueSettings withMode(int mode) {
        return new QueueSettings(uid, gid, OptionalInt.of(mode), qbytes);
    }

    /** These settings, and this limit in bytes. */
    public QueueSettings withQbytes(long qbytes) {
        return new QueueSettings(uid, gid, mode, OptionalLong.of(qbytes));
    }
}
