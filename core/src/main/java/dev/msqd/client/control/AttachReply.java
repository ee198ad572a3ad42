package dev.msqd.client.control;

/**
 * Leave to use a queue's memory. Whoever receives this owns the descriptor and closes it.
 *
 * @param rights {@link dev.msqd.client.Access#READ} and {@link dev.msqd.client.Access#WRITE} combined, at least one
 * @param fd     descriptor of the queue's hot file
 */
public record AttachReply(int rights, int fd) {}
