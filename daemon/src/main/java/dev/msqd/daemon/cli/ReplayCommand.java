package dev.msqd.daemon.cli;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.daemon.StoredQueue;
import dev.msqd.daemon.journal.History;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd replay}: the history of a queue, printed, or sent again into another one. */
@Command(name = "replay", sortOptions = false,
    description = {
        "Print the messages that a queue with --keep holds in its history, received or not, in the order in which they were "
            + "sent; or send them again, into another queue. Up to now; the queue may be in use. For the daemon's own user.",
        "Exit status 3 if there is none."
    })
final class ReplayCommand implements Callable<Integer> {
    /** A wait longer than this is told. */
    private static final long QUIET_WAIT_MS = 1_000;
    /** So often who waits looks whether waiting can help; each time it goes to the end of the line. */
    private static final long LOOK_AGAIN_MS = 5_000;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", required = true,
        description = "The queue: a name, a key (0x...) or an id.")
    private QueueReference reference;

    @Option(names = "--from", paramLabel = "TIME|POSITION", converter = Moment.Converter.class,
        description = "Begin there: 2026-01-31T12:00:00Z; 2026-01-31T12:00:00 or 12:00:00, local time; -5m, five minutes ago; "
            + "or a number, a position that msqd log shows.")
    private Moment from;

    @Option(names = "--to", paramLabel = "TIME|POSITION", converter = Moment.Converter.class,
        description = "End there, with what was sent then.")
    private Moment to;

    @Mixin
    private TypeOptions types;

    @Option(names = "--speed", paramLabel = "SPEED", converter = Pace.Converter.class,
        description = "1x: at the pace at which they were sent; 2x, 0.5x: faster, slower; max: at once. "
            + "Default: 1x with --into, else max.")
    private Double speed;

    @Option(names = "--into", paramLabel = "Q2",
        description = "Send them again into this queue, each with its type. Waits while it is full. An unknown name or key is "
            + "made (mode 0600).")
    private QueueReference target;

    @ArgGroup
    private Shape shape = new Shape();

    @Option(names = "--quiet", description = "Don't print how many messages were sent.")
    private boolean quiet;

    @Mixin
    private StoredOptions stored;

    /** How to print. */
    private static final class Shape {
        @Option(names = {"-s", "--size-prefixed"},
            description = "Print each message after its length, 4 bytes, big-endian, instead of as a line.")
        private boolean sizePrefixed;

        @Option(names = "--json",
            description = "Print an object a line: time, position, type, length and text, or base64 if it is not UTF-8.")
        private boolean json;
    }

    /** What is done with a message. */
    private interface Use {
        void message(long position, long timeMs, long mtype, DirectBuffer buffer, int offset, int length)
            throws IOException;
    }

    private Selector wanted;
    private Pace pace;
    private Progress progress;
    private MessageQueue into;
    private MessageWriter writer;
    private boolean waitTold;
    private long replayed;

    @Override
    public Integer call() {
        if (target != null && (shape.json || shape.sizePrefixed)) {
            throw new ParameterException(spec.commandLine(), "--into sends, --json and --size-prefixed print");
        }
        wanted = types.selector();
        StoredQueue queue = reference.find(stored.look(main.directory()));
        checkKept(queue);
        pace = new Pace(speed != null ? speed : target != null ? 1 : Double.POSITIVE_INFINITY);
        History history = History.of(queue.log(), queue.uuid());
        progress = new Progress("replayed", !quiet && Terminal.isTerminal(Terminal.STDERR)
            && (target != null || !Terminal.isTerminal(Terminal.STDOUT)));
        try {
            if (target == null) {
                print(history);
            } else {
                send(history, queue);
            }
        } catch (UncheckedIOException e) {
            throw StandardOutput.unwritten(e.getCause());
        } catch (IOException e) {
            throw StandardOutput.unwritten(e);
        } finally {
            progress.close();
        }
        return end(history);
    }

    private void checkKept(StoredQueue queue) {
        String word = queue.name().isEmpty() ? Integer.toString(queue.msqid()) : queue.name();
        if (!queue.retention().keeps()) {
            throw new Failure(ExitStatus.REFUSED, reference + " keeps no history: `msqd set -q " + word
                + " --keep 1d` has it keep what is sent from then on (browse shows what is queued)");
        }
        if (queue.durability() == Durability.PROCESS) {
            throw new Failure(ExitStatus.REFUSED, reference + " keeps no history at level process: `msqd set -q " + word
                + " --durability interval` has it keep what is sent from then on");
        }
    }

    private void print(History history) throws IOException {
        MessageWriter.Format format = shape.json ? MessageWriter.Format.JSON
            : shape.sizePrefixed ? MessageWriter.Format.SIZE_PREFIXED : MessageWriter.Format.LINE;
        // At a pace, each is shown when it is its time.
        boolean buffered = speed == null || speed.isInfinite();
        writer = new MessageWriter(new FileOutputStream(FileDescriptor.out).getChannel(), format, buffered);
        forEach(history, (position, timeMs, mtype, buffer, offset, length) -> {
            Json head = shape.json
                ? new Json().put("time", Instant.ofEpochMilli(timeMs).toString()).put("position", position) : null;
            writer.write(head, mtype, buffer, offset, length, length);
        });
        writer.flush();
    }

    private void send(History history, StoredQueue queue) throws IOException {
        try (Msqd msqd = main.connectPatiently(); MessageQueue opened = target.open(msqd, true)) {
            if (opened.msqid() == queue.msqid()) {
                throw new Failure(ExitStatus.USAGE,
                    "--into " + target.text() + " is the queue itself: a replay goes into another one");
            }
            into = opened;
            try {
                forEach(history, this::send);
            } finally {
                progress.close();
                if (!quiet) {
                    Main.complain(Progress.messages(replayed) + " replayed into " + target);
                }
            }
        }
    }

    private void send(long position, long timeMs, long mtype, DirectBuffer buffer, int offset, int length) {
        checkFits(position, length);
        long waitMs = QUIET_WAIT_MS;
        while (!into.send(mtype, buffer, offset, length, waitMs, TimeUnit.MILLISECONDS)) {
            if (!waitTold && !quiet) {
                progress.say(target.full(into, length) + ": waiting for a receiver");
            }
            waitTold = true;
            checkFits(position, length);
            waitMs = LOOK_AGAIN_MS;
        }
    }

    /** msgsnd sleeps where a message is longer than all that the queue may hold (R22): nobody is there who would raise the limit. */
    private void checkFits(long position, int length) {
        if (length > into.maxMessageLength()) {
            throw neverFits("EINVAL", position, length, "over the limit of " + into.maxMessageLength() + " (msgmax)");
        }
        if (QueueReference.isTooSmall(into, length)) {
            throw neverFits("EAGAIN", position, length,
                target + " holds no more than " + into.qbytes() + " (qbytes)");
        }
    }

    private static Failure neverFits(String errno, long position, int length, String limit) {
        return new Failure(ExitStatus.REFUSED,
            errno + ": the message at position " + position + " is " + length + " bytes long, " + limit);
    }

    private void forEach(History history, Use use) {
        history.forEach((incarnation, position, timeMs, mtype, buffer, offset, length) -> {
            // Positions begin anew after a loss of the hot directory; the user means the last ones.
            boolean recent = incarnation == history.incarnation();
            if (!wanted.matches(mtype)
                || from != null && (from.isPosition() ? !recent || position < from.value() : timeMs < from.value())
                || to != null && (to.isPosition() ? recent && position > to.value() : timeMs > to.value())) {
                return;
            }
            pace.await(timeMs);
            try {
                use.message(position, timeMs, mtype, buffer, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            progress.count(++replayed);
        });
    }

    private int end(History history) {
        if (history.vanishedFiles() > 0) {
            Main.complain("files of history that became too old while this was reading: " + history.vanishedFiles()
                + "; what was in them may be missing");
        }
        history.damage().forEach(Main::complain);
        if (!history.damage().isEmpty()) {
            return ExitStatus.REFUSED;
        }
        return replayed == 0 ? ExitStatus.NOTHING : ExitStatus.OK;
    }
}
