package dev.msqd.daemon.cli;

import dev.msqd.daemon.LogCheck;
import dev.msqd.daemon.StoredData;
import dev.msqd.daemon.StoredQueue;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd fsck}: what is on disk, whether it is well, and what a start would make of it. */
@Command(name = "fsck", sortOptions = false,
    description = {
        "Check what is on disk of all queues, or of some: the registry, the hot directory, the logs. Nothing is changed; a "
            + "daemon may be running or not. For the daemon's own user.",
        "A log that ends in the middle of a write is what a power cut leaves, and is well."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:all is well", "1:there is damage, or it could not be looked at",
        "2:wrong usage or configuration"})
final class CheckCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueList queues;

    @Mixin
    private StoredOptions stored;

    @Option(names = "--json",
        description = "Print an object for the data directory, then one for each queue, a line each.")
    private boolean json;

    @Override
    public Integer call() {
        StoredData data = stored.look(main.directory());
        List<StoredQueue> checked = queues.queues().isEmpty()
            ? data.queues()
            : queues.queues().stream().map(reference -> reference.find(data)).toList();
        PrintWriter out = spec.commandLine().getOut();
        CheckTables tables = new CheckTables(out);
        boolean well = data.damagedEntries().isEmpty() && data.hot() != StoredData.Hot.FOREIGN;
        if (json) {
            out.println(CheckTables.json(data));
        } else {
            tables.directory(data);
        }
        for (StoredQueue queue : checked) {
            LogCheck check = LogCheck.of(queue.log(), queue.uuid());
            well &= !check.isDamaged() && queue.hotFault().isEmpty();
            if (json) {
                out.println(CheckTables.json(queue, check));
            } else {
                tables.queue(queue, check);
            }
            out.flush();
        }
        return well ? ExitStatus.OK : ExitStatus.REFUSED;
    }
}
