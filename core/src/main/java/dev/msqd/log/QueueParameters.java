package dev.msqd.log;

import dev.msqd.layout.Durability;

/**
 * What a queue is created with.
 *
 * @param ctimeSeconds  seconds since the epoch
 * @param segmentLength bytes, a power of two from 16 KiB to 512 MiB
 */
public record QueueParameters(
    int msqid,
    int key,
    long uuidHigh,
    long uuidLow,
    int uid,
    int gid,
    int cuid,
    int cgid,
    int mode,
    long qbytes,
    long ctimeSeconds,
    int segmentLength,
    Durability durability) {}
