/**
 * msqd for applications. {@link dev.msqd.client.Msqd} is a connection to a daemon, {@link dev.msqd.client.MessageQueue} a queue
 * as one thread uses it, {@link dev.msqd.client.SysV} the same with the names and flags of C.
 */
package dev.msqd.client;
