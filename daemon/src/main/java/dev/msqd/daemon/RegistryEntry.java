package dev.msqd.daemon;

import dev.msqd.client.MsqidDs;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueParameters;
import java.util.UUID;

/**
 * A queue as the registry keeps it.
 *
 * @param msqid         the id (R12)
 * @param key           the key, 0 for IPC_PRIVATE
 * @param name          the name it was made under, or empty
 * @param uid           owner
 * @param gid           owning group
 * @param cuid          creator
 * @param cgid          creator's group
 * @param mode          nine permission bits
 * @param qbytes        limit in bytes
 * @param ctimeSeconds  real-time clock at creation or the last IPC_SET
 * @param serial        how many queues had been created with this one: tells which id was given out last
 * @param uuid          distinguishes this queue's messages from those of any other
 * @param segmentLength bytes of a segment, for as long as the queue lives
 * @param durability    what its messages survive
 * @param retention     how much of its history stays on disk
 */
record RegistryEntry(
    int msqid,
    int key,
    String name,
    int uid,
    int gid,
    int cuid,
    int cgid,
    int mode,
    long qbytes,
    long ctimeSeconds,
    long serial,
    UUID uuid,
    int segmentLength,
    Durability durability,
    Retention retention) {

    /** The place in the registry. */
    int index() {
        return msqid & MsqidDs.INDEX_MASK;
    }

    /** This queue after an IPC_SET. */
    RegistryEntry with(int newUid, int newGid, int newMode, long newQbytes, long newCtimeSeconds) {
        return new RegistryEntry(msqid, key, name, newUid, newGid, cuid, cgid, newMode, newQbytes, newCtimeSeconds,
            serial, uuid, segmentLength, durability, retention);
    }

    /** This queue with another durability and retention. */
    RegistryEntry with(Durability newDurability, Retention newRetention) {
        return new RegistryEntry(msqid, key, name, uid, gid, cuid, cgid, mode, qbytes, ctimeSeconds, serial, uuid,
            segmentLength, newDurability, newRetention);
    }

    /** What the queue's hot file is made from. */
    QueueParameters parameters() {
        return new QueueParameters(msqid, key, uuid.getMostSignificantBits(), uuid.getLeastSignificantBits(), uid, gid,
            cuid, cgid, mode, qbytes, ctimeSeconds, segmentLength, durability);
    }
}
