/**
 * What the daemon shows over HTTP where that is configured: metrics for Prometheus and a page for people. It reads the counters in shared
 * memory as any client could ({@link dev.msqd.client.Statistics}), so the conductor notices nothing of it. None of these classes is loaded
 * unless {@code http.port} is set.
 */
package dev.msqd.daemon.http;
