/**
 * What is counted: the counters in shared memory ({@link dev.msqd.daemon.stats.CountersFile}), a queue's row of them ({@link
 * dev.msqd.daemon.stats.QueueCounters}), and what they are made of. When queues are looked at, {@code Counting} says; who reads is
 * {@link dev.msqd.client.Statistics}.
 */
package dev.msqd.daemon.stats;
