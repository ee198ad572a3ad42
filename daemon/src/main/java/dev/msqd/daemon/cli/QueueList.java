package dev.msqd.daemon.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Queues to do something with, one after the other: {@code -q Q} as ipcrm takes them, or plain words. */
final class QueueList {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", description = "A queue: a name, a key (0x...) or an id.")
    private List<QueueReference> options = new ArrayList<>();

    /** Read here: what picocli can't convert in a list of words it calls one too many, and does not say why. */
    @Parameters(arity = "0..*", paramLabel = "Q", description = "More queues.")
    private List<String> words = new ArrayList<>();

    List<QueueReference> queues() {
        List<QueueReference> all = new ArrayList<>(options);
        try {
            words.forEach(word -> all.add(QueueReference.parse(word)));
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        return all;
    }
}
