package dev.msqd.daemon.http;

import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics.Snapshot;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The counters as Prometheus knows metrics: base units, {@code _total} for what only grows. Its labels name a queue. */
final class Metrics {
    private static final double NS_PER_S = 1e9;
    private static final double MS_PER_S = 1e3;

    private final MetricSnapshots.Builder all = MetricSnapshots.builder();
    private final Snapshot snapshot;
    private final List<Labels> labels;

    private Metrics(Snapshot snapshot) {
        this.snapshot = snapshot;
        this.labels = snapshot.queues().stream().map(Metrics::labels).toList();
    }

    static MetricSnapshots of(Snapshot snapshot, long epochMs) {
        Metrics metrics = new Metrics(snapshot);
        metrics.addSystem();
        metrics.addQueues(epochMs);
        return metrics.all.build();
    }

    /** A key as ipcs shows it. */
    static String key(int key) {
        return String.format("0x%08x", key);
    }

    private static Labels labels(QueueStatistics queue) {
        return Labels.of("id", Integer.toString(queue.msqid()), "key", key(queue.key()), "name", queue.name());
    }

    private void addSystem() {
        gauge("msqd_queues", "Queues there are.", SystemCounter.QUEUES, 1);
        gauge("msqd_clients", "Clients, connected or away.", SystemCounter.CLIENTS, 1);
        gauge("msqd_last_look_timestamp_seconds", "When the daemon last looked at the queues in use.",
            SystemCounter.LOOKED,
            MS_PER_S);
        counter("msqd_client_deaths", "Clients that ended without a good-bye.", SystemCounter.DEATHS);
        counter("msqd_repairs", "Times that something was put right in a queue that a killed process left.",
            SystemCounter.REPAIRS);
        counter("msqd_log_syncs", "Syncs of the logs on disk.", SystemCounter.SYNCS);
        counter("msqd_log_faults", "Times that a queue's log on disk could not be written any more.",
            SystemCounter.LOG_FAULTS);
        counter("msqd_trace_events_dropped", "Trace events for which there was no room.",
            SystemCounter.TRACE_EVENTS_DROPPED);
    }

    private void addQueues(long epochMs) {
        queueGauge("msqd_queue_depth_messages", "Messages queued.", QueueCounter.DEPTH, 1);
        queueGauge("msqd_queue_depth_bytes", "Bytes of the messages queued.", QueueCounter.BYTES, 1);
        queueGauge("msqd_queue_limit_bytes", "Bytes that may be queued (qbytes).", QueueCounter.LIMIT, 1);
        queueCounter("msqd_queue_sent_messages", "Messages that came into the queue.", QueueCounter.SENT);
        queueCounter("msqd_queue_sent_bytes", "Their bytes.", QueueCounter.SENT_BYTES);
        queueCounter("msqd_queue_received_messages", "Messages that left the queue.", QueueCounter.RECEIVED);
        queueCounter("msqd_queue_received_bytes", "Their bytes.", QueueCounter.RECEIVED_BYTES);
        queueGauge("msqd_queue_oldest_message_age_seconds",
            "For how long the oldest message has been queued; 0 if none is.",
            queue -> queue.ageMs(epochMs) / MS_PER_S);
        queueGauge("msqd_queue_waiting_receivers", "Receivers that wait for a message.", QueueCounter.WAITING_RECEIVERS,
            1);
        queueGauge("msqd_queue_waiting_senders", "Senders that wait for room.", QueueCounter.WAITING_SENDERS, 1);
        queueGauge("msqd_queue_log_lag_seconds", "How much time's messages the log on disk lacks.",
            QueueCounter.LOG_LAG,
            NS_PER_S);
        queueCounter("msqd_queue_log_syncs", "Syncs of the queue's log on disk.", QueueCounter.SYNCS);
        queueCounter("msqd_queue_repairs", "Times that something was put right that a killed process left.",
            QueueCounter.REPAIRS);
    }

    private void gauge(String name, String help, SystemCounter counter, double unit) {
        all.metricSnapshot(GaugeSnapshot.builder().name(name).help(help)
            .dataPoint(GaugeDataPointSnapshot.builder().value(snapshot.get(counter) / unit).build()).build());
    }

    private void counter(String name, String help, SystemCounter counter) {
        all.metricSnapshot(CounterSnapshot.builder().name(name).help(help)
            .dataPoint(CounterDataPointSnapshot.builder().value(snapshot.get(counter)).build()).build());
    }

    private void queueGauge(String name, String help, QueueCounter counter, double unit) {
        queueGauge(name, help, queue -> queue.get(counter) / unit);
    }

    private void queueGauge(String name, String help, ToDoubleFunction<QueueStatistics> value) {
        GaugeSnapshot.Builder metric = GaugeSnapshot.builder().name(name).help(help);
        for (int i = 0; i < labels.size(); i++) {
            metric.dataPoint(GaugeDataPointSnapshot.builder().labels(labels.get(i))
                .value(value.applyAsDouble(snapshot.queues().get(i))).build());
        }
        all.metricSnapshot(metric.build());
    }

    private void queueCounter(String name, String help, QueueCounter counter) {
        CounterSnapshot.Builder metric = CounterSnapshot.builder().name(name).help(help);
        for (int i = 0; i < labels.size(); i++) {
            metric.dataPoint(CounterDataPointSnapshot.builder().labels(labels.get(i))
                .value(snapshot.queues().get(i).get(counter)).build());
        }
        all.metricSnapshot(metric.build());
    }
}
