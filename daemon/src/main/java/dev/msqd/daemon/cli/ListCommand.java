package dev.msqd.daemon.cli;

import static java.util.stream.Collectors.joining;

import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.control.Limits;
import dev.msqd.client.control.SystemInfo;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd ls}: the queues, as {@code ipcs -q} or the kernel lists its own (R79, R80). */
@Command(name = "ls", sortOptions = false, description = "List the queues, as ipcs -q does.")
final class ListCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @ArgGroup
    private View view = new View();

    @Option(names = "--json", description = "Print an array of objects, named as lsipc -q -J does.")
    private boolean json;

    /** What to show of the queues. */
    private static final class View {
        @Option(names = {"-t", "--time"}, description = "When each was last sent to, received from and changed.")
        private boolean times;

        @Option(names = {"-p", "--pid"}, description = "Last sending and receiving process.")
        private boolean processes;

        @Option(names = {"-c", "--creator"}, description = "Creator and owner.")
        private boolean creators;

        @Option(names = {"-l", "--limits"}, description = "The daemon's limits.")
        private boolean limits;

        @Option(names = {"-u", "--summary"}, description = "All queues together.")
        private boolean summary;

        @Option(names = "--proc", description = "All of them in the format of /proc/sysvipc/msg.")
        private boolean proc;

        @Option(names = {"-i", "--id"}, paramLabel = "ID", description = "One queue in detail.")
        private QueueReference queue;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        QueueTables tables = new QueueTables(out, new Accounts());
        try (Msqd msqd = main.connect()) {
            if (view.limits) {
                show(tables, msqd.limits());
                return ExitStatus.OK;
            }
            if (view.summary) {
                show(tables, msqd.info());
                return ExitStatus.OK;
            }
            List<MsqidDs> queues = view.queue == null
                ? msqd.list()
                : List.of(msqd.stat(view.queue.find(msqd)));
            if (json) {
                String objects = queues.stream().map(queue -> "  " + tables.json(queue)).collect(joining(",\n"));
                out.println(queues.isEmpty() ? "[]" : "[\n" + objects + "\n]");
            } else {
                show(tables, queues);
            }
            out.flush();
            for (MsqidDs queue : queues) {
                if (queue.damaged()) {
                    Main.complain("queue " + queue.msqid() + " is damaged: " + queue.fault());
                }
            }
        }
        return ExitStatus.OK;
    }

    private void show(QueueTables tables, Limits limits) {
        if (json) {
            spec.commandLine().getOut().println(QueueTables.json(limits));
        } else {
            tables.limits(limits);
        }
    }

    private void show(QueueTables tables, SystemInfo info) {
        if (json) {
            spec.commandLine().getOut().println(new Json()
                .put("queues", info.queues())
                .put("msgs", info.messages())
                .put("usedbytes", info.bytes()));
        } else {
            tables.summary(info);
        }
    }

    private void show(QueueTables tables, List<MsqidDs> queues) {
        if (view.queue != null) {
            tables.details(queues.getFirst());
        } else if (view.times) {
            tables.times(queues);
        } else if (view.processes) {
            tables.processes(queues);
        } else if (view.creators) {
            tables.creators(queues);
        } else if (view.proc) {
            tables.proc(queues);
        } else {
            tables.queues(queues);
        }
    }
}
