/** How fast msqd is beside its peers: {@link dev.msqd.bench.Bench} runs it all. */
package dev.msqd.bench;
