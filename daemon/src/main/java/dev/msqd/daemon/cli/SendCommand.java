package dev.msqd.daemon.cli;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code msqd send}: a message for each line of stdin or of files. What was sent before an error stays sent, and its
 * count is printed.
 */
@Command(name = "send", sortOptions = false,
    description = "Send each line of the files, or of stdin, as a message. The bytes pass through untouched.")
final class SendCommand implements Callable<Integer> {
    private static final String STDIN = "-";
    /** A wait longer than this is told. */
    private static final long QUIET_WAIT_MS = 1_000;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", required = true,
        description = "The queue: a name, a key (0x...) or an id. An unknown name or key is made (mode 0600).")
    private QueueReference queue;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "What to send; '-' is stdin.")
    private List<String> files = new ArrayList<>();

    @Option(names = {"-m", "--message"}, paramLabel = "TEXT", description = "Send this text, and read nothing.")
    private String text;

    @Option(names = {"-t", "--type"}, paramLabel = "N", description = "The messages' type, 1 or more (default: 1).")
    private long type = 1;

    @Option(names = {"-n", "--count"}, paramLabel = "N",
        description = "Send no more than N messages; with -m, send it N times.")
    private Long count;

    @Option(names = {"-s", "--size-prefixed"},
        description = "Read messages that each follow their length, 4 bytes, big-endian, instead of lines.")
    private boolean sizePrefixed;

    @Option(names = "--nowait", description = "If the queue is full, stop with exit status 3 instead of waiting.")
    private boolean nowait;

    @Option(names = "--create", negatable = true, defaultValue = "true", fallbackValue = "true",
        description = "Make the queue if its name or key is unknown (default), or don't.")
    private boolean create;

    @Option(names = "--quiet", description = "Don't print how many messages were sent.")
    private boolean quiet;

    private MessageQueue messages;
    private Progress progress;
    private boolean waitTold;
    private long sent;

    @Override
    public Integer call() {
        if (text != null && (!files.isEmpty() || sizePrefixed)) {
            throw new ParameterException(spec.commandLine(), "-m is sent alone: no FILE, no --size-prefixed");
        }
        if (type < 1) {
            throw new ParameterException(spec.commandLine(), "--type is 1 or more, not " + type);
        }
        if (count != null && count < 0) {
            throw new ParameterException(spec.commandLine(), "--count is 0 or more, not " + count);
        }
        try (Msqd msqd = main.connectPatiently(); MessageQueue opened = queue.open(msqd, create)) {
            messages = opened;
            transfer();
        }
        return ExitStatus.OK;
    }

    private void transfer() {
        progress = new Progress("sent", !quiet && Terminal.isTerminal(Terminal.STDERR));
        try {
            if (text != null) {
                UnsafeBuffer message = new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
                for (long times = count == null ? 1 : count; sent < times;) {
                    send(message, 0, message.capacity());
                }
            } else if (files.isEmpty()) {
                sendFile(STDIN);
            } else {
                files.forEach(this::sendFile);
            }
        } finally {
            progress.close();
            if (!quiet) {
                Main.complain(Progress.messages(sent) + " sent to " + queue);
            }
        }
    }

    private void sendFile(String file) {
        try (FileChannel in = open(file)) {
            int maxLength = messages.maxMessageLength();
            MessageReader reader = sizePrefixed
                ? MessageReader.sizePrefixed(in, maxLength)
                : MessageReader.lines(in, maxLength);
            while ((count == null || sent < count) && reader.next()) {
                send(reader.buffer(), reader.offset(), reader.length());
            }
        } catch (ClosedByInterruptException e) {
            throw new Failure(ExitStatus.INTERRUPTED, "", e);
        } catch (NoSuchFileException e) {
            throw new Failure(ExitStatus.REFUSED, "ENOENT: no such file: " + file, e);
        } catch (IOException e) {
            throw new Failure(ExitStatus.REFUSED, (file.equals(STDIN) ? "stdin" : file) + ": " + e.getMessage(), e);
        }
    }

    private static FileChannel open(String file) throws IOException {
        return file.equals(STDIN)
            ? new FileInputStream(FileDescriptor.in).getChannel()
            : FileChannel.open(Path.of(file));
    }

    private void send(DirectBuffer source, int offset, int length) {
        if (Thread.interrupted()) {
            throw new Failure(ExitStatus.INTERRUPTED, "");
        }
        if (!messages.trySend(type, source, offset, length)) {
            if (nowait) {
                throw new Failure(ExitStatus.NOTHING, "EAGAIN: " + queue.full(messages, length));
            }
            if (quiet || waitTold
                || !messages.send(type, source, offset, length, QUIET_WAIT_MS, TimeUnit.MILLISECONDS)) {
                tellWait(length);
                messages.send(type, source, offset, length);
            }
        }
        progress.count(++sent);
    }

    private void tellWait(int length) {
        if (!waitTold && !quiet) {
            progress.say(queue.full(messages, length) + ": waiting for "
                + (QueueReference.isTooSmall(messages, length) ? "a higher limit" : "a receiver"));
        }
        waitTold = true;
    }
}
