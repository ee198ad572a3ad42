package dev.msqd.daemon.cli;

import dev.msqd.client.MessageHandler;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code msqd recv}: messages to stdout, one a line.
 *
 * <p>A message leaves its queue only after stdout has taken it whole: it is written from a handler that reads it in
 * place, and it is consumed when the handler returns. If the write fails because the reader of a pipe is gone, the
 * handler throws and the message is back in its place, first in line. If the process is killed, the message that it was
 * writing goes back likewise; at worst that one message is both in the pipe and in the queue, none is in neither. What
 * happens to bytes that the pipe has taken is up to its reader.
 *
 * <p>{@code --buffered} trades this for fewer writes: up to 64 KiB of messages are gathered, and written when the queue
 * has no more right now, before waiting, and at the end. A kill, or a reader that goes away, loses what was gathered
 * and not written.
 */
@Command(name = "recv", sortOptions = false,
    description = {
        "Receive a message, or several, and print each as a line. Waits for a message if there is none.",
        "A message leaves the queue when stdout has taken it."
    })
final class ReceiveCommand implements Callable<Integer> {
    private static final long NO_TIMEOUT = -1;
    private static final double NS_PER_S = 1e9;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", required = true,
        description = "The queue: a name, a key (0x...) or an id. An unknown name or key is made (mode 0600).")
    private QueueReference queue;

    @Option(names = {"-t", "--type"}, paramLabel = "N",
        description = "Which messages: 0 any (default), N > 0 of type N, N < 0 the lowest type up to -N.")
    private long type;

    @Option(names = {"-x", "--except"}, description = "Of any type but N.")
    private boolean except;

    @Option(names = {"-n", "--count"}, paramLabel = "N", description = "How many (default: 1).")
    private Long count;

    @ArgGroup
    private Waiting waiting = new Waiting();

    @Option(names = "--timeout", paramLabel = "SEC",
        description = "Wait so long for each message, then stop: with exit status 3 if fewer came than asked for.")
    private Double timeout;

    @ArgGroup
    private Shape shape = new Shape();

    @Option(names = "--create", negatable = true, defaultValue = "true", fallbackValue = "true",
        description = "Make the queue if its name or key is unknown and waiting for a message makes sense (default), "
            + "or don't.")
    private boolean create;

    @Option(names = "--buffered",
        description = "Write in blocks of 64 KiB: faster, but being killed loses messages received and not yet "
            + "written.")
    private boolean buffered;

    @Option(names = "--quiet", description = "Show no progress.")
    private boolean quiet;

    /** What to do when the queue is empty. */
    private static final class Waiting {
        @Option(names = {"-f", "--follow"}, description = "Receive for ever.")
        private boolean follow;

        @Option(names = "--nowait",
            description = "Receive what is there, and don't wait: exit status 3 if that is nothing, or less than "
                + "--count.")
        private boolean nowait;
    }

    /** How to print. */
    private static final class Shape {
        @Option(names = {"-s", "--size-prefixed"},
            description = "Print each message after its length, 4 bytes, big-endian, instead of as a line.")
        private boolean sizePrefixed;

        @Option(names = "--json",
            description = "Print an object a line: type, length and text, or base64 if it is not UTF-8.")
        private boolean json;
    }

    private Selector selector;
    private MessageWriter writer;
    private Progress progress;
    private long received;

    @Override
    public Integer call() {
        checkUsage();
        selector = Selector.of(type, except);
        writer = new MessageWriter(new FileOutputStream(FileDescriptor.out).getChannel(), format(), buffered);
        boolean watched = Terminal.isTerminal(Terminal.STDERR) && !Terminal.isTerminal(Terminal.STDOUT);
        try (Msqd msqd = main.connectPatiently(); MessageQueue messages = queue.open(msqd, create && !waiting.nowait)) {
            progress = new Progress("received", watched && !quiet);
            try {
                long wanted = count != null ? count : waiting.follow || waiting.nowait ? Long.MAX_VALUE : 1;
                transfer(messages, wanted);
                writer.flush();
                return received < (count != null ? count : 1) ? ExitStatus.NOTHING : ExitStatus.OK;
            } finally {
                progress.close();
            }
        } catch (UncheckedIOException e) {
            throw unwritten(e.getCause());
        } catch (IOException e) {
            throw unwritten(e);
        }
    }

    private void transfer(MessageQueue messages, long wanted) throws IOException {
        MessageHandler handler = this::print;
        long timeoutNs = timeout == null ? NO_TIMEOUT : (long) (timeout * NS_PER_S);
        while (received < wanted) {
            if (!messages.tryReceive(selector, handler)) {
                if (waiting.nowait) {
                    return;
                }
                writer.flush();
                if (timeoutNs == NO_TIMEOUT) {
                    messages.receive(selector, handler);
                } else if (!messages.receive(selector, handler, timeoutNs, TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
            progress.count(++received);
        }
    }

    private void print(long mtype, DirectBuffer buffer, int offset, int length) {
        try {
            writer.write(mtype, buffer, offset, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Failure unwritten(IOException e) {
        if (writer.pending() > 0) {
            Main.complain("received, but not written (--buffered): up to " + Progress.messages(writer.pending()));
        }
        return StandardOutput.unwritten(e);
    }

    private void checkUsage() {
        if (except && type <= 0) {
            throw new ParameterException(spec.commandLine(), "--except needs a --type of 1 or more");
        }
        if (count != null && count < 0) {
            throw new ParameterException(spec.commandLine(), "--count is 0 or more, not " + count);
        }
        if (count != null && waiting.follow) {
            throw new ParameterException(spec.commandLine(), "--follow receives for ever, --count does not");
        }
        if (timeout != null && (timeout < 0 || timeout.isNaN())) {
            throw new ParameterException(spec.commandLine(), "--timeout is 0 seconds or more, not " + timeout);
        }
        if (timeout != null && waiting.nowait) {
            throw new ParameterException(spec.commandLine(), "--nowait does not wait, --timeout does");
        }
    }

    private MessageWriter.Format format() {
        if (shape.sizePrefixed) {
            return MessageWriter.Format.SIZE_PREFIXED;
        }
        return shape.json ? MessageWriter.Format.JSON : MessageWriter.Format.LINE;
    }
}
