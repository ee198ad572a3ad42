/**
 * Logs that survive a power cut: {@link dev.msqd.bench.durable.DurableRound} measures msqd's beside others,
 * {@link dev.msqd.bench.durable.ChronicleTrials} tries what one of them does when things go wrong.
 */
package dev.msqd.bench.durable;
