/**
 * How fast msqd is beside its peers: within one thread with JMH ({@link dev.msqd.bench.HotEnqueueBenchmark},
 * {@link dev.msqd.bench.SendReceivePairBenchmark}), and between two processes ({@link dev.msqd.bench.TwoProcesses}).
 */
package dev.msqd.bench;
