package dev.msqd.daemon.cli;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd stat}: all there is to tell about a queue. */
@Command(name = "stat", sortOptions = false, description = "Show queues in full.")
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
            throw new ParameterException(spec.commandLine(), "which queue?");
        }
        PrintWriter out = spec.commandLine().getOut();
        QueueTables tables = new QueueTables(out, new Accounts());
        int status = ExitStatus.OK;
        boolean first = true;
        try (Msqd msqd = main.connect()) {
            for (QueueReference reference : references) {
                try {
                    MsqidDs queue = msqd.stat(reference.find(msqd));
                    if (json) {
                        out.println(tables.json(queue));
                    } else {
                        out.print(first ? "" : System.lineSeparator());
                        tables.full(queue);
                    }
                    first = false;
                } catch (ErrnoException e) {
                    status = Main.failed(e);
                }
            }
        }
        return status;
    }
}
