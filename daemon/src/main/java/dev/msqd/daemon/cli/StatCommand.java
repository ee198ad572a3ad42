package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueStatistics;
import dev.msqd.client.Statistics;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd stat}: all there is to tell about a queue, or about the daemon. */
@Command(name = "stat", sortOptions = false,
    description = "Show queues in full, or without any, what the daemon counts of all together.")
final class StatCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueList queues;

    @Option(names = "--json", description = "Print an object a line.")
    private boolean json;

    @Override
    public Integer call() {
        List<QueueReference> references = queues.queues();
        if (references.isEmpty()) {
            showDaemon();
            return ExitStatus.OK;
        }
        PrintWriter out = spec.commandLine().getOut();
        QueueTables tables = new QueueTables(out, new Accounts());
        int status = ExitStatus.OK;
        boolean first = true;
        try (Msqd msqd = main.connect()) {
            for (QueueReference reference : references) {
                try {
                    MsqidDs queue = msqd.stat(reference.find(msqd));
                    QueueStatistics counters = counters(msqd, queue.msqid());
                    if (json) {
                        out.println(CounterTables.add(tables.json(queue), counters, System.currentTimeMillis()));
                    } else {
                        out.print(first ? "" : System.lineSeparator());
                        tables.full(queue);
                        CounterTables.full(counters, out, System.currentTimeMillis());
                    }
                    first = false;
                } catch (ErrnoException e) {
                    status = Main.failed(e);
                }
            }
        }
        return status;
    }

    /** Null where there was no room to count the queue. */
    private static QueueStatistics counters(Msqd msqd, int msqid) {
        try (Statistics statistics = msqd.statistics(msqid)) {
            return statistics.snapshot().queue(msqid);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOSPC) {
                return null;
            }
            throw e;
        }
    }

    private void showDaemon() {
        PrintWriter out = spec.commandLine().getOut();
        try (Msqd msqd = main.connect(); Statistics statistics = msqd.statistics()) {
            Statistics.Snapshot snapshot = statistics.snapshot();
            if (json) {
                out.println(CounterTables.json(snapshot));
            } else {
                CounterTables.full(snapshot, out);
            }
        }
    }
}
