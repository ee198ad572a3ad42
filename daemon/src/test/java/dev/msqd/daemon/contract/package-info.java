/**
 * The contract of System V's message queues: one suite, run over the machine's kernel and over msqd. Rules are cited by their
 * numbers (R21).
 */
package dev.msqd.daemon.contract;
