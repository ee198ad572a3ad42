package dev.msqd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Queues to do something with, one after the other: {@code -q Q} as ipcrm takes them, or plain words. */
final class QueueList {
    @Option(names = {"-q", "--queue"}, paramLabel = "Q", description = "A queue: a name, a key (0x...) or an id.")
    private List<QueueReference> options = new ArrayList<>();

    @Parameters(arity = "0..*", paramLabel = "Q", description = "More queues.")
    private List<QueueReference> words = new ArrayList<>();

    List<QueueReference> queues() {
        List<QueueReference> all = new ArrayList<>(options);
        all.addAll(words);
        return all;
    }
}
