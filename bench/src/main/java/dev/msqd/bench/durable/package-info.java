/**
 * What can carry a log that survives a power cut: {@link dev.msqd.bench.durable.DurableLogs} measures the candidates,
 * {@link dev.msqd.bench.durable.ChronicleTrials} tries what one of them does when things go wrong. Nothing here is part of msqd;
 * {@link dev.msqd.bench.durable.BatchFile} is a sketch of a log of our own, to measure with.
 */
package dev.msqd.bench.durable;
