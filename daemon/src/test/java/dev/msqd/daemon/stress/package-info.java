/**
 * Storms: senders and receivers in processes of their own, a killer among them, and a ledger in shared memory that says
 * afterwards what was promised and what was kept.
 */
package dev.msqd.daemon.stress;
