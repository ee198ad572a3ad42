package dev.msqd.daemon.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code msqd completion}: a script that teaches the shell our commands and options. */
@Command(name = "completion", sortOptions = false,
    description = "Print a completion script for bash or zsh: source <(msqd completion)")
final class CompletionCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().getOut().print(AutoComplete.bash("msqd", spec.root().commandLine()));
    }
}
