package dev.msqd.daemon.cli;

import dev.msqd.daemon.LogCheck;
import dev.msqd.daemon.StoredQueue;
import dev.msqd.daemon.journal.LogEntryHandler;
import dev.msqd.daemon.journal.LogReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd log}: what a queue's log says, entry by entry. */
@Command(name = "log", sortOptions = false,
    description = {
        "Print the log of a queue, entry by entry, its history included. Nothing is changed; a daemon may be running or not. "
            + "For the daemon's own user.",
        "A process queue has a log only between a stop and the next start."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:the log is well", "1:it is damaged, or could not be read", "2:wrong usage or configuration"})
final class LogCommand implements Callable<Integer> {
    private static final long POLL_MS = 100;
    /** Reading takes at most a tenth of the time. */
    private static final int PAUSE_PER_READ = 9;
    /** What a daemon at work leaves behind looks like damage, but not twice the same. */
    private static final int MAX_LOOKS = 20;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", required = true,
        description = "The queue: a name, a key (0x...) or an id.")
    private QueueReference reference;

    @Option(names = {"-f", "--follow"},
        description = "Go on with what is written from now on, until Ctrl-C or the queue's removal.")
    private boolean follow;

    @Option(names = "--json", description = "Print an object a line.")
    private boolean json;

    @Mixin
    private StoredOptions stored;

    @Override
    public Integer call() {
        StoredQueue queue = reference.find(stored.look(main.directory()));
        LogEntryPrinter printer = new LogEntryPrinter(spec.commandLine().getOut(), json);
        printer.begin();
        int looks = 0;
        while (true) {
            long startNs = System.nanoTime();
            printer.beginLook();
            LogReader.read(queue.log(), queue.uuid(), printer.lastFile(), printer);
            printer.flush();
            if (!printer.suspicion().isEmpty()) {
                List<String> known = damage(queue);
                sleep(POLL_MS);
                known.retainAll(damage(queue));
                looks++;
                if (looks % MAX_LOOKS == 0) {
                    known.addAll(printer.suspicion());
                }
                printer.accept(known).forEach(Main::complain);
            } else if (follow && isRemoved(queue)) {
                Main.complain("queue " + queue.msqid() + " was removed");
                return ExitStatus.OK;
            } else if (follow) {
                sleep(Math.max(POLL_MS, PAUSE_PER_READ * TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs)));
            } else {
                printer.remarks().forEach(Main::complain);
                return printer.foundDamage() ? ExitStatus.REFUSED : ExitStatus.OK;
            }
        }
    }

    /** Its log goes with it; an empty log alone says nothing. */
    private boolean isRemoved(StoredQueue queue) {
        return queue.log().list().length == 0
            && stored.look(main.directory()).queues().stream().noneMatch(other -> other.uuid().equals(queue.uuid()));
    }

    /** All of it, history included, as of now. */
    private static List<String> damage(StoredQueue queue) {
        List<String> damage = new ArrayList<>();
        LogReader.read(queue.log(), queue.uuid(), 0, new LogEntryHandler() {
            @Override
            public void onDamage(int file, long offset, String what) {
                damage.add(LogCheck.damage(file, offset, what));
            }
        });
        return damage;
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new Failure(ExitStatus.INTERRUPTED, "", e);
        }
    }
}
