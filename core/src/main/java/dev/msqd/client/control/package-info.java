/**
 * The control protocol: one request, one reply over a Unix domain socket of packets. The daemon lets a client in, tells
 * it about queues and hands their memory over as file descriptors; messages never pass through it.
 */
package dev.msqd.client.control;
