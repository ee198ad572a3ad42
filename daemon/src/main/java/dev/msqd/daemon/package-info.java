/**
 * The daemon: which queues there are (registry), who may use them (control socket), who lives (client table, pidfds),
 * what the dead left (repair). One thread, {@code Conductor}, does all of it. {@code Daemon} starts and stops it,
 * {@code Configuration} says how.
 */
package dev.msqd.daemon;
