package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd rm}: removes queues with what is in them, as {@code ipcrm} does. */
@Command(name = "rm", sortOptions = false, description = "Remove queues, and the messages in them, at once.")
final class RemoveCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueList queues;

    @Option(names = {"-Q", "--key"}, paramLabel = "KEY", converter = QueueReference.KeyConverter.class,
        description = "A queue by its key.")
    private List<QueueReference> keys = new ArrayList<>();

    @Option(names = {"-a", "--all"}, description = "Every queue.")
    private boolean all;

    @Option(names = {"-v", "--verbose"}, description = "Tell which, by their ids.")
    private boolean verbose;

    @Override
    public Integer call() {
        List<QueueReference> references = queues.queues();
        references.addAll(keys);
        if (all != references.isEmpty()) {
            throw new ParameterException(spec.commandLine(), all ? "queues or --all, not both" : "which queue?");
        }
        int status = ExitStatus.OK;
        try (Msqd msqd = main.connect()) {
            if (all) {
                for (MsqidDs queue : msqd.list()) {
                    String id = Integer.toString(queue.msqid());
                    references.add(new QueueReference(QueueReference.Kind.ID, id, queue.msqid()));
                }
            }
            for (QueueReference reference : references) {
                try {
                    int msqid = reference.find(msqd);
                    msqd.remove(msqid);
                    if (verbose) {
                        spec.commandLine().getOut().println("removed queue " + msqid);
                    }
                } catch (ErrnoException e) {
                    boolean absent = e.errno() == Errno.ENOENT || e.errno() == Errno.EINVAL;
                    if (!absent) {
                        status = Main.failed(e);
                    } else if (!all) {
                        Main.complain(reference.invalid());
                        status = ExitStatus.REFUSED;
                    }
                }
            }
        }
        return status;
    }
}
