/**
 * The trace of calls: from the rings in which clients tell of them into a Chronicle Queue in the data directory, and out of it again
 * ({@code docs/trace.md}).
 */
package dev.msqd.daemon.trace;
