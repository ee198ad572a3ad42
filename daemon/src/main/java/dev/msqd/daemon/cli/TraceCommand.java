package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.control.DataDirectory;
import dev.msqd.daemon.trace.TraceEvent;
import dev.msqd.daemon.trace.TraceReader;
import dev.msqd.layout.TraceDescriptor;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd trace}: who calls what, in the manner of Tracee. */
@Command(name = "trace", sortOptions = false,
    description = {
        "Print the calls that were traced, an object a line, as Tracee prints System V's. With --follow, have calls traced from now on, and "
            + "print them as they come.",
        "For the daemon's own user. Calls are traced while anybody follows."
    })
final class TraceCommand implements Callable<Integer> {
    private static final long POLL_MS = 20;
    private static final int EVENTS_PER_FLUSH = 1024;
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q",
        description = "Calls for this queue only: a name, a key (0x...) or an id.")
    private QueueReference queue;

    @Option(names = "--pid", paramLabel = "P", description = "Calls of this process only.")
    private Integer pid;

    @Option(names = "--event", paramLabel = "E", split = ",",
        description = "These calls only: msgget, msgsnd, msgrcv, msgctl, or several with commas between.")
    private List<String> events = List.of();

    @Option(names = {"-f", "--follow"}, description = "Trace calls from now on, until Ctrl-C.")
    private boolean follow;

    @ArgGroup
    private Shape shape = new Shape();

    @Mixin
    private StoredOptions stored;

    /** How to print. */
    private static final class Shape {
        @Option(names = "--json", description = "Print an object a line (default).")
        private boolean json;

        @Option(names = "--table", description = "Print a table for people.")
        private boolean table;
    }

    private final TraceEvent event = new TraceEvent();
    private TraceFilter filter;
    private PrintWriter out;

    @Override
    public Integer call() {
        out = spec.commandLine().getOut();
        if (pid != null && pid < 1) {
            throw new ParameterException(spec.commandLine(), "--pid is 1 or more, not " + pid);
        }
        filter = filter();
        if (follow) {
            try (Msqd msqd = main.connect(); TraceReader reader = open()) {
                follow(msqd, reader);
            }
        } else {
            try (TraceReader reader = open()) {
                title();
                print(reader);
                flush();
            }
        }
        return ExitStatus.OK;
    }

    private TraceReader open() {
        if (Files.notExists(main.directory())) {
            throw new ErrnoException(Errno.ENOENT, "there is no data directory " + main.directory());
        }
        return TraceReader.open(main.directory().resolve(DataDirectory.TRACE));
    }

    /** Until it is interrupted. */
    private void follow(Msqd msqd, TraceReader reader) {
        reader.toEnd();
        while (!msqd.traceCalls()) {
            pause();
        }
        Main.complain("tracing calls until Ctrl-C");
        title();
        long askedNs = System.nanoTime();
        while (true) {
            boolean idle = print(reader) == 0;
            flush();
            if (System.nanoTime() - askedNs > ASK_AGAIN_NS) {
                msqd.traceCalls();
                askedNs = System.nanoTime();
            }
            if (idle) {
                pause();
            }
        }
    }

    private void title() {
        if (shape.table) {
            out.println(TraceTable.TITLE);
        }
    }

    /** Prints what there is; returns how much was looked at. */
    private int print(TraceReader reader) {
        int looked = 0;
        while (reader.next(event)) {
            looked++;
            if (filter.wants(event)) {
                out.println(shape.table ? TraceTable.line(event) : TraceJson.of(event).toString());
            }
            if (looked % EVENTS_PER_FLUSH == 0) {
                flush();
                if (follow) {
                    return looked;
                }
            }
        }
        return looked;
    }

    private void flush() {
        if (out.checkError()) {
            throw new Failure(ExitStatus.PIPE_CLOSED, "");
        }
        if (Thread.interrupted()) {
            throw new Failure(ExitStatus.INTERRUPTED, "");
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MS);
        } catch (InterruptedException e) {
            throw new Failure(ExitStatus.INTERRUPTED, "", e);
        }
    }

    private TraceFilter filter() {
        Set<Integer> ids = new HashSet<>();
        for (String name : events) {
            ids.add(IntStream.rangeClosed(TraceDescriptor.MSGGET, TraceDescriptor.MSGCTL)
                .filter(id -> TraceDescriptor.nameOf(id).equals(name)).boxed().findFirst()
                .orElseThrow(() -> new ParameterException(spec.commandLine(),
                    "there is no event '" + name + "'; there are msgget, msgsnd, msgrcv, msgctl")));
        }
        return new TraceFilter(msqid(), pid == null ? OptionalInt.empty() : OptionalInt.of(pid), ids);
    }

    /** An id is taken at its word: the trace may tell of a queue that is gone. */
    private OptionalInt msqid() {
        if (queue == null) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(queue.kind() == QueueReference.Kind.ID ? queue.value()
            : queue.find(stored.look(main.directory())).msqid());
    }
}
