/** The processes that are measured: what one does ({@link dev.msqd.bench.worker.Task}), and how it is started and heard from outside. */
package dev.msqd.bench.worker;
