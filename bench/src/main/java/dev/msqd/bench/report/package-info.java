/** What a run found: figures and goals, and the files that say so ({@link dev.msqd.bench.report.Report}). */
package dev.msqd.bench.report;
