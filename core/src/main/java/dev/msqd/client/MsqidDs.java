package dev.msqd.client;

import dev.msqd.layout.Durability;

/**
 * What {@code IPC_STAT} tells about a queue: System V's {@code msqid_ds}, with the id, the name and the queue's health.
 *
 * @param msqid        the id: sequence number above, table index in the lowest 15 bits (R12)
 * @param key          the key, 0 for IPC_PRIVATE; signed (R79)
 * @param name         the name it was made under, empty for a queue that has only a key
 * @param uid          owner
 * @param gid          owning group
 * @param cuid         creator
 * @param cgid         creator's group
 * @param mode         nine permission bits
 * @param cbytes       bytes of the messages queued
 * @param qnum         messages queued
 * @param qbytes       limit: cbytes and qnum each stay at or below it (R21)
 * @param lspid        process id of the last sender, 0 before the first send
 * @param lrpid        process id of the last receiver, 0 before the first receive
 * @param stimeSeconds real-time clock at the last send, 0 before the first
 * @param rtimeSeconds real-time clock at the last receive, 0 before the first
 * @param ctimeSeconds real-time clock at creation or the last IPC_SET (R74)
 * @param durability   what its messages survive
 * @param retention    how much of its history stays on disk
 * @param fault        empty, or why the queue cannot be used (the file that is damaged): all but its removal gives EIO
 */
public record MsqidDs(
    int msqid,
    int key,
    String name,
    int uid,
    int gid,
    int cuid,
    int cgid,
    int mode,
    long cbytes,
    long qnum,
    long qbytes,
    int lspid,
    int lrpid,
    long stimeSeconds,
    long rtimeSeconds,
    long ctimeSeconds,
    Durability durability,
    Retention retention,
    String fault) {

    /** How many of an id's bits are the table index (R12). */
    public static final int INDEX_BITS = 15;
    /** Covers an id's table index. */
    public static final int INDEX_MASK = (1 << INDEX_BITS) - 1;

    /** The place in the daemon's table, 0 .. 32,767: what MSG_STAT is given (R72). */
    public int index() {
        return msqid & INDEX_MASK;
    }

    /** Whether the queue cannot be used because one of its files is damaged. */
    public boolean damaged() {
        return !fault.isEmpty();
    }
}
