package dev.msqd.daemon.cli;

import dev.msqd.client.Msqd;
import dev.msqd.client.control.LimitSettings;
import dev.msqd.client.control.Limits;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd limits}: what holds for all queues (R75 .. R78), in the words of the configuration file. */
@Command(name = "limits", sortOptions = false,
    description = {
        "Show the limits, or change some and show all.",
        "A change holds for everybody at once, and until the daemon is started anew: what is to last belongs in its "
            + "configuration file. It is for the daemon's own user, and for those with CAP_SYS_RESOURCE."
    })
final class LimitsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--msgmax", paramLabel = "N[K|M|G]", converter = Count.class,
        description = "Longest message, bytes. Longer ones that are queued can still be received.")
    private Long msgmax;

    @Option(names = "--msgmnb", paramLabel = "N[K|M|G]", converter = Count.class,
        description = "How many bytes a queue holds that is made from now on.")
    private Long msgmnb;

    @Option(names = "--msgmni", paramLabel = "N[K]", converter = Count.class,
        description = "How many queues there may be. More that are there stay.")
    private Long msgmni;

    @Option(names = "--msgtql", paramLabel = "N[K|M|G]", converter = Count.class,
        description = "How many messages there may be on all queues together; 0 for no limit.")
    private Long msgtql;

    @Option(names = "--json", description = "Print an object.")
    private boolean json;

    @Override
    public Integer call() {
        LimitSettings settings = settings();
        try (Msqd msqd = main.connect()) {
            show(settings.equals(LimitSettings.none()) ? msqd.limits() : msqd.limits(settings));
        }
        return ExitStatus.OK;
    }

    private LimitSettings settings() {
        LimitSettings settings = LimitSettings.none();
        if (msgmax != null) {
            settings = settings.withMsgmax(msgmax);
        }
        if (msgmnb != null) {
            settings = settings.withMsgmnb(msgmnb);
        }
        if (msgmni != null) {
            settings = settings.withMsgmni(msgmni);
        }
        if (msgtql != null) {
            settings = settings.withMsgtql(msgtql);
        }
        return settings;
    }

    private void show(Limits limits) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(QueueTables.json(limits));
        } else {
            out.println("msgmax=" + limits.msgmax());
            out.println("msgmnb=" + limits.msgmnb());
            out.println("msgmni=" + limits.msgmni());
            out.println("msgtql=" + limits.msgtql());
        }
    }
}
