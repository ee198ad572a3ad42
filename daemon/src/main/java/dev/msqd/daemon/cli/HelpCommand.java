package dev.msqd.daemon.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code msqd help [COMMAND]}: the same as {@code msqd [COMMAND] --help}. */
@Command(name = "help", description = "Show help for msqd, or for one of its commands.")
final class HelpCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "A command of msqd.")
    private String command;

    @Override
    public void run() {
        CommandLine msqd = spec.root().commandLine();
        CommandLine described = command == null ? msqd : msqd.getSubcommands().get(command);
        if (described == null) {
            throw new ParameterException(msqd, "no such command: " + command);
        }
        described.usage(spec.commandLine().getOut());
    }
}
