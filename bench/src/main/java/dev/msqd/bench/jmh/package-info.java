/** What is measured within one thread, with JMH. */
package dev.msqd.bench.jmh;
