/**
 * The crash-durable log of a queue: files of checksummed batches, one directory a queue. {@link
 * dev.msqd.daemon.journal.QueueLog} writes, {@link dev.msqd.daemon.journal.LogReader} reads entries, {@link
 * dev.msqd.daemon.journal.Replay} makes the live messages of them. What is on disk: {@code LogFileDescriptor}, {@code
 * BatchDescriptor}.
 *
 * <p>Rules, cited in code and tests by number:
 * <ol>
 * <li>A file is written by the process that made it, batch by batch, each to blocks that no batch was written to
 * before; never again after one of its writes or syncs failed.
 * <li>A batch is written only to a file whose header and directory entry are on disk. So a file longer than its
 * header had a good one.
 * <li>A file's header is written only when the file before it is synced, or has failed, or was another process's. It
 * says which file that is, and up to which sequence number all batches are known to be on disk; so does each batch.
 * <li>A batch says from which file on a replay that gets to it has to read. A file below that number is deleted only
 * when such a batch is synced. So no deletion needs a sync of the directory.
 * <li>While a checkpoint is in progress that number stays where it was.
 * </ol>
 */
package dev.msqd.daemon.journal;
