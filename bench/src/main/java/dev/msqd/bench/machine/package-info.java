/** The machine that is measured on: what it is, where processes run on it, and whether anybody else uses it. */
package dev.msqd.bench.machine;
