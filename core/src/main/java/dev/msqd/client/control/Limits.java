package dev.msqd.client.control;

/**
 * The system's limits as they are now.
 *
 * @param msgmax longest message, bytes
 * @param msgmnb limit of a new queue, bytes (R77)
 * @param msgmni most queues (R11)
 * @param msgtql most messages on all queues together, 0 for no limit (R78)
 */
public record Limits(long msgmax, long msgmnb, long msgmni, long msgtql) {}
