package dev.msqd.daemon.cli;

import dev.msqd.queue.Selector;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which messages to look at, where all that match are meant. */
final class TypeOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = {"-t", "--type"}, paramLabel = "N",
        description = "Which messages: 0 any (default), N > 0 of type N, N < 0 of the types up to -N.")
    private long type;

    @Option(names = {"-x", "--except"}, description = "Of any type but N.")
    private boolean except;

    Selector selector() {
        if (except && type <= 0) {
            throw new ParameterException(spec.commandLine(), "--except needs a --type of 1 or more");
        }
        return Selector.of(type, except);
    }
}
