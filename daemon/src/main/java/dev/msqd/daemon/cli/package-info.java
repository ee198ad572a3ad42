/**
 * The command line: one class a command, each a thin layer over {@link dev.msqd.client.Msqd}. Messages pass through as
 * bytes, results go to stdout, everything else to stderr, and the exit status is one of
 * {@link dev.msqd.daemon.cli.ExitStatus}.
 */
package dev.msqd.daemon.cli;
