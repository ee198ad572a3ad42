package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueWaiters;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.daemon.StoredData;
import dev.msqd.daemon.StoredWaiters;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code msqd why}: who is asleep on which queue, and what for. Told by the daemon; where none answers, read from memory, so that
 * it can be told what waits for the daemon.
 */
@Command(name = "why", sortOptions = false,
    description = {
        "Tell who waits in msgsnd or msgrcv: on which queue, since when, for what, and what stands in the way.",
        "PLACE is the place in the line of those who wait for messages, or for room; '-' says that there is none. "
            + "If no daemon answers, its own user is told from memory; the exit status is 4 then."
    })
final class WhyCommand implements Callable<Integer> {
    /** No queue has this id. */
    private static final int ALL = -1;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "Q", description = "One queue only: a name, a key (0x...) or an id.")
    private QueueReference reference;

    @Option(names = "--json", description = "Print an object a line.")
    private boolean json;

    @Mixin
    private StoredOptions stored;

    private WaiterTable table;

    @Override
    public Integer call() {
        table = new WaiterTable(spec.commandLine().getOut(), json, new Accounts());
        int stopped = StoredWaiters.stoppedDaemon(main.directory());
        if (stopped != 0 && isServed()) {
            return fromMemory("the daemon, process " + stopped + ", is stopped and answers nobody (kill -CONT "
                + stopped + " lets it go on)");
        }
        try (Msqd msqd = main.connect()) {
            fromDaemon(msqd);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ECONNREFUSED) {
                throw e;
            }
            return fromMemory(e.getMessage());
        }
        end();
        return ExitStatus.OK;
    }

    private boolean isServed() {
        try {
            return stored.look(main.directory()).isServed();
        } catch (ErrnoException e) {
            return false;
        }
    }

    private void fromDaemon(Msqd msqd) {
        int wanted = reference == null ? ALL : reference.find(msqd);
        if (wanted != ALL) {
            msqd.waiters(wanted); // refuses what is no queue's id
        }
        SystemInfo info = msqd.info();
        for (MsqidDs queue : msqd.list()) {
            if (!queue.damaged() && (wanted == ALL || wanted == queue.msqid())) {
                tell(msqd, queue, info);
            }
        }
    }

    private void tell(Msqd msqd, MsqidDs queue, SystemInfo info) {
        try {
            QueueWaiters found = msqd.waiters(queue.msqid());
            table.print(WaitedFor.of(queue, found, info), found.waiters());
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            // Removed in the meantime.
        }
    }

    /** @param why what is the matter with the daemon */
    private int fromMemory(String why) {
        List<StoredWaiters> all;
        try {
            StoredData data = stored.look(main.directory());
            int wanted = reference == null ? ALL : reference.find(data).msqid();
            all = StoredWaiters.of(data).stream()
                .filter(each -> wanted == ALL || wanted == each.queue().msqid()).toList();
        } catch (ErrnoException e) {
            throw new Failure(ExitStatus.NO_DAEMON, why, e);
        }
        for (StoredWaiters each : all) {
            table.print(WaitedFor.of(each), each.waiters());
        }
        end();
        spec.commandLine().getOut().flush();
        Main.complain(why);
        return ExitStatus.NO_DAEMON;
    }

    private void end() {
        if (table.isEmpty() && !json) {
            spec.commandLine().getOut().println(reference == null ? "nobody waits" : "nobody waits on " + reference);
        }
    }
}
