/**
 * Differential testing: seeded random programs of several actors, run in lockstep over the machine's kernel and over msqd. After
 * every step both systems must have answered alike, have the same calls asleep, and show the same queues.
 *
 * <p>{@link dev.msqd.daemon.differential.ProgramGenerator} writes a {@link dev.msqd.daemon.differential.Program} of
 * {@link dev.msqd.daemon.differential.Step}s, {@link dev.msqd.daemon.differential.Lockstep} runs it,
 * {@link dev.msqd.daemon.differential.Guard} leaves out what System V does not order,
 * {@link dev.msqd.daemon.differential.ListedDifferences} knows what msqd does otherwise on purpose, and
 * {@link dev.msqd.daemon.differential.Minimiser} makes a program that found a difference short enough to read.
 */
package dev.msqd.daemon.differential;
