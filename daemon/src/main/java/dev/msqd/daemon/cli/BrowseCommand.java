package dev.msqd.daemon.cli;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import org.agrona.DirectBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd browse}: what is queued, which stays there. */
@Command(name = "browse", sortOptions = false,
    description = {
        "Print the messages that are queued now, in their order, without taking them. Never waits; exit status 3 if there are "
            + "none.",
        "What others receive meanwhile may be among them or not."
    })
final class BrowseCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueList queues;

    @Mixin
    private TypeOptions types;

    @Option(names = {"-n", "--max"}, paramLabel = "N", description = "The first N at most.")
    private long max = Long.MAX_VALUE;

    @Option(names = "--bytes", paramLabel = "N", description = "Only the first N bytes of each.")
    private int bytes = Integer.MAX_VALUE;

    @Option(names = "--json",
        description = "Print an object a line: position, type, length and text, or base64 if it is not UTF-8.")
    private boolean json;

    private MessageWriter writer;

    @Override
    public Integer call() {
        if (queues.queues().size() != 1) {
            throw new ParameterException(spec.commandLine(), "which queue? One");
        }
        if (max < 0 || bytes < 0) {
            throw new ParameterException(spec.commandLine(), "--max and --bytes are 0 or more");
        }
        Selector wanted = types.selector();
        writer = new MessageWriter(new FileOutputStream(FileDescriptor.out).getChannel(),
            json ? MessageWriter.Format.JSON : MessageWriter.Format.LINE, true);
        try (Msqd msqd = main.connect(); MessageQueue messages = queues.queues().getFirst().open(msqd, false)) {
            long count = messages.browse(wanted, max, this::print);
            writer.flush();
            return count == 0 ? ExitStatus.NOTHING : ExitStatus.OK;
        } catch (UncheckedIOException e) {
            throw StandardOutput.unwritten(e.getCause());
        } catch (IOException e) {
            throw StandardOutput.unwritten(e);
        }
    }

    private void print(long position, long mtype, DirectBuffer buffer, int offset, int length) {
        if (Thread.interrupted()) {
            throw new Failure(ExitStatus.INTERRUPTED, "");
        }
        try {
            writer.write(json ? new Json().put("position", position) : null, mtype, buffer, offset,
                Math.min(length, bytes),
                length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
