package dev.msqd.daemon.cli;

import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that say what of a queue stays when the machine stops, and when a message was received. */
final class Survival {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--durability", paramLabel = "LEVEL", converter = Level.class,
        completionCandidates = Level.Words.class,
        description = {
            "What messages survive:",
            "process   the end of any process; not a power cut;",
            "interval  a power cut, but for the last moments (the daemon's log.interval, 50 ms);",
            "sync      a power cut: a send or receive returns when it is on disk."
        })
    private Durability durability;

    @Option(names = "--keep", paramLabel = "AGE|SIZE", split = ",", hideParamSyntax = true,
        description = "History: how long, or up to which size of the queue's files, messages that were received stay on "
            + "disk: 90s, 30m, 1h, 7d, 2w; 512M, 10G; 7d,10G while either says so; or none. A process queue has no history.")
    private List<String> keep;

    Optional<Durability> durability() {
        return Optional.ofNullable(durability);
    }

    /** Says so when what was asked for has no effect on a queue. */
    void warn(Msqd msqd, int msqid, String queue) {
        if (keep == null || retention().equals(Optional.of(Retention.NONE))) {
            return;
        }
        try {
            if (msqd.stat(msqid).durability() == Durability.PROCESS) {
                Main.complain(queue + " keeps no history as long as its level is process");
            }
        } catch (ErrnoException e) {
            // Not readable by who set it: what was asked for is done all the same.
        }
    }

    /** Empty when it was not named. */
    Optional<Retention> retention() {
        try {
            return Optional.ofNullable(keep).map(Keep::parse);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--keep': " + e.getMessage(), e);
        }
    }
}
