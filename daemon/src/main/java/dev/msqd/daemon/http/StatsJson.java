package dev.msqd.daemon.http;

import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics.Snapshot;
import dev.msqd.daemon.JsonText;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;

/** The counters as the page reads them: one object. Times are milliseconds. */
final class StatsJson {
    private static final long NS_PER_MS = 1_000_000;
    private static final int BYTES_A_QUEUE = 256;

    private StatsJson() {}

    static String of(Snapshot snapshot, String title, long epochMs) {
        StringBuilder json = new StringBuilder((snapshot.queues().size() + 2) * BYTES_A_QUEUE);
        json.append("{\"title\":");
        JsonText.quote(title, json);
        put(json, "now", epochMs);
        put(json, "looked", snapshot.get(SystemCounter.LOOKED));
        put(json, "clients", snapshot.get(SystemCounter.CLIENTS));
        put(json, "deaths", snapshot.get(SystemCounter.DEATHS));
        put(json, "repairs", snapshot.get(SystemCounter.REPAIRS));
        put(json, "syncs", snapshot.get(SystemCounter.SYNCS));
        put(json, "faults", snapshot.get(SystemCounter.LOG_FAULTS));
        put(json, "dropped", snapshot.get(SystemCounter.TRACE_EVENTS_DROPPED));
        json.append(",\"queues\":[");
        String separator = "";
        for (QueueStatistics queue : snapshot.queues()) {
            json.append(separator);
            append(queue, json, epochMs);
            separator = ",";
        }
        return json.append("]}").toString();
    }

    private static void append(QueueStatistics queue, StringBuilder json, long epochMs) {
        json.append("{\"name\":");
        JsonText.quote(queue.name(), json);
        json.append(",\"key\":");
        JsonText.quote(Metrics.key(queue.key()), json);
        put(json, "id", queue.msqid());
        put(json, "depth", queue.get(QueueCounter.DEPTH));
        put(json, "bytes", queue.get(QueueCounter.BYTES));
        put(json, "limit", queue.get(QueueCounter.LIMIT));
        put(json, "sent", queue.get(QueueCounter.SENT));
        put(json, "sentBytes", queue.get(QueueCounter.SENT_BYTES));
        put(json, "received", queue.get(QueueCounter.RECEIVED));
        put(json, "receivedBytes", queue.get(QueueCounter.RECEIVED_BYTES));
        put(json, "age", queue.ageMs(epochMs));
        put(json, "receivers", queue.get(QueueCounter.WAITING_RECEIVERS));
        put(json, "senders", queue.get(QueueCounter.WAITING_SENDERS));
        put(json, "lag", queue.get(QueueCounter.LOG_LAG) / NS_PER_MS);
        put(json, "syncs", queue.get(QueueCounter.SYNCS));
        put(json, "repairs", queue.get(QueueCounter.REPAIRS));
        json.append('}');
    }

    private static void put(StringBuilder json, String name, long value) {
        json.append(",\"").append(name).append("\":").append(value);
    }
}
