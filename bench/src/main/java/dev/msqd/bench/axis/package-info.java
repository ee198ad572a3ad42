/** What is measured: a class for each axis, and what all of them share ({@link dev.msqd.bench.axis.Axis}). */
package dev.msqd.bench.axis;
