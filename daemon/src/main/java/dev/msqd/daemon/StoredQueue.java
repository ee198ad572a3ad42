package dev.msqd.daemon;

import dev.msqd.client.Retention;
import dev.msqd.daemon.journal.LogStorage;
import dev.msqd.layout.Durability;
import java.util.UUID;

/**
 * A queue of a data directory as it is stored.
 *
 * @param msqid      the id
 * @param key        the key, 0 for IPC_PRIVATE
 * @param name       the name it was made under, or empty
 * @param uuid       what its log's files are marked with
 * @param durability what its messages survive
 * @param retention  how much of its history stays on disk
 * @param log        where its log is; there may be no file in it
 * @param hot        whether there is a hot file, good or not: it is the truth then
 * @param hotFault   what is wrong with the hot file, or empty
 */
public record StoredQueue(
    int msqid,
    int key,
    String name,
    UUID uuid,
    Durability durability,
    Retention retention,
    LogStorage log,
    boolean hot,
    String hotFault) {}
