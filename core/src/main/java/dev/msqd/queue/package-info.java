/**
 * What System V makes of the hot log: {@link dev.msqd.queue.Sender}, {@link dev.msqd.queue.Receiver}, selection by type,
 * sleeping and waking. One {@link dev.msqd.queue.Endpoint} bundles what one thread of one process uses of one queue.
 */
package dev.msqd.queue;
