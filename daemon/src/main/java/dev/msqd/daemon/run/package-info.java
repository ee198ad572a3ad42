/**
 * {@code msqd run}: any program's System V message queue calls, answered by msqd instead of the kernel, by means of
 * seccomp_unotify(2).
 */
package dev.msqd.daemon.run;
