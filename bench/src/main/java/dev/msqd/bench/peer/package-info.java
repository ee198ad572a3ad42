/**
 * What msqd is measured beside: a class for each way in which a message can go from process to process ({@link
 * dev.msqd.bench.peer.Peer}), and where they are ({@link dev.msqd.bench.peer.Site}).
 */
package dev.msqd.bench.peer;
