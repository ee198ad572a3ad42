package dev.msqd.daemon.cli;

import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics.Snapshot;
import dev.msqd.layout.QueueCounter;
import dev.msqd.layout.SystemCounter;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/** What {@code msqd stat} tells of the counters. docs/statistics.md lists the names; they stay. */
final class CounterTables {
    private static final String NOT_COUNTED = null;

    private CounterTables() {}

    /**
     * Adds a queue's counters to what else is told of it.
     *
     * @param queue null: nothing is counted, and each is null
     */
    static Json add(Json json, QueueStatistics queue, long epochMs) {
        put(json, "sent", queue, QueueCounter.SENT);
        put(json, "sentbytes", queue, QueueCounter.SENT_BYTES);
        put(json, "received", queue, QueueCounter.RECEIVED);
        put(json, "receivedbytes", queue, QueueCounter.RECEIVED_BYTES);
        if (queue == null) {
            json.put("oldestms", NOT_COUNTED).put("loglagms", NOT_COUNTED);
        } else {
            json.put("oldestms", queue.ageMs(epochMs));
            json.put("loglagms", lagMs(queue));
        }
        put(json, "waitingreceivers", queue, QueueCounter.WAITING_RECEIVERS);
        put(json, "waitingsenders", queue, QueueCounter.WAITING_SENDERS);
        put(json, "logsyncs", queue, QueueCounter.SYNCS);
        return put(json, "repairs", queue, QueueCounter.REPAIRS);
    }

    private static Json put(Json json, String name, QueueStatistics queue, QueueCounter counter) {
        return queue == null ? json.put(name, NOT_COUNTED) : json.put(name, queue.get(counter));
    }

    /** The same in words, if there is anything to tell. */
    static void full(QueueStatistics queue, PrintWriter out, long epochMs) {
        if (queue == null) {
            return;
        }
        out.printf("in        %d messages, %d bytes%n", queue.get(QueueCounter.SENT),
            queue.get(QueueCounter.SENT_BYTES));
        out.printf("out       %d messages, %d bytes%n", queue.get(QueueCounter.RECEIVED),
            queue.get(QueueCounter.RECEIVED_BYTES));
        out.printf("oldest    %s%n", TopTable.duration(queue.ageMs(epochMs)));
        out.printf("waiting   %d to receive, %d to send%n", queue.get(QueueCounter.WAITING_RECEIVERS),
            queue.get(QueueCounter.WAITING_SENDERS));
        out.printf("log       %d syncs, lag %s%n", queue.get(QueueCounter.SYNCS), TopTable.duration(lagMs(queue)));
        out.printf("repairs   %d%n", queue.get(QueueCounter.REPAIRS));
    }

    /** What is counted of the daemon as a whole. */
    static Json json(Snapshot daemon) {
        return new Json()
            .put("queues", daemon.get(SystemCounter.QUEUES))
            .put("clients", daemon.get(SystemCounter.CLIENTS))
            .put("clientdeaths", daemon.get(SystemCounter.DEATHS))
            .put("repairs", daemon.get(SystemCounter.REPAIRS))
            .put("logsyncs", daemon.get(SystemCounter.SYNCS))
            .put("logfaults", daemon.get(SystemCounter.LOG_FAULTS))
            .put("tracedropped", daemon.get(SystemCounter.TRACE_EVENTS_DROPPED))
            .put("lookedms", daemon.get(SystemCounter.LOOKED));
    }

    /** The same in words. */
    static void full(Snapshot daemon, PrintWriter out) {
        out.printf("queues    %d%n", daemon.get(SystemCounter.QUEUES));
        out.printf("clients   %d, %d ended without a good-bye%n", daemon.get(SystemCounter.CLIENTS),
            daemon.get(SystemCounter.DEATHS));
        out.printf("repairs   %d%n", daemon.get(SystemCounter.REPAIRS));
        out.printf("log       %d syncs, %d faults%n", daemon.get(SystemCounter.SYNCS),
            daemon.get(SystemCounter.LOG_FAULTS));
        out.printf("trace     %d events dropped%n", daemon.get(SystemCounter.TRACE_EVENTS_DROPPED));
    }

    private static long lagMs(QueueStatistics queue) {
        return TimeUnit.NANOSECONDS.toMillis(queue.get(QueueCounter.LOG_LAG));
    }
}
