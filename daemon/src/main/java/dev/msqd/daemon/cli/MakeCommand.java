package dev.msqd.daemon.cli;

import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.Retention;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd make}: a new queue, as {@code ipcmk -Q}. */
@Command(name = "make", sortOptions = false,
    description = {
        "Make a queue; without a name or key, a private one (IPC_PRIVATE). Fails if there is one already.",
        "Its durability is the daemon's default unless named, and it has no history."
    })
final class MakeCommand implements Callable<Integer> {
    private static final int DEFAULT_MODE = 0644;

    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "NAME", description = "Its name, or its key (0x...).")
    private QueueReference queue;

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Its name or key: the same as -q.")
    private QueueReference positional;

    @Option(names = {"-k", "--key"}, paramLabel = "KEY", converter = QueueReference.KeyConverter.class,
        description = "Its key.")
    private QueueReference key;

    @Option(names = {"-p", "--mode"}, paramLabel = "MODE", converter = OctalMode.class,
        description = "Permission, octal (default: 0644).")
    private int mode = DEFAULT_MODE;

    @Option(names = {"-b", "--qbytes"}, paramLabel = "N[K|M|G]", converter = Count.class,
        description = "How many bytes it may hold (default: the daemon's msgmnb).")
    private Long qbytes;

    @Mixin
    private Survival survival;

    @Option(names = "--json", description = "Print an object: id, key, name.")
    private boolean json;

    @Override
    public Integer call() {
        QueueReference reference = reference();
        QueueOptions options = options();
        int msgflg = Msqd.IPC_CREAT | Msqd.IPC_EXCL | mode;
        try (Msqd msqd = main.connect()) {
            boolean named = reference != null && reference.kind() == QueueReference.Kind.NAME;
            int msqid = named
                ? msqd.get(reference.text(), msgflg, options)
                : msqd.get(reference == null ? Msqd.IPC_PRIVATE : reference.value(), msgflg, options);
            survival.warn(msqd, msqid, named ? reference.toString() : "queue " + msqid);
            if (json) {
                Json object = new Json().put("id", msqid).put("key", Key.toString(msqd.stat(msqid).key()));
                spec.commandLine().getOut().println(object.put("name", named ? reference.text() : null));
            } else {
                spec.commandLine().getOut().println("Message queue id: " + msqid);
            }
        }
        return ExitStatus.OK;
    }

    private QueueOptions options() {
        QueueOptions options = QueueOptions.none();
        if (qbytes != null) {
            options = options.withQbytes(qbytes);
        }
        if (survival.durability().isPresent()) {
            options = options.withDurability(survival.durability().get());
        }
        return options.withRetention(survival.retention().orElse(Retention.NONE));
    }

    private QueueReference reference() {
        if ((queue == null ? 0 : 1) + (positional == null ? 0 : 1) + (key == null ? 0 : 1) > 1) {
            throw new ParameterException(spec.commandLine(), "one name or one key, not both");
        }
        if (key != null) {
            return key;
        }
        QueueReference reference = queue == null ? positional : queue;
        if (reference != null && reference.kind() == QueueReference.Kind.ID) {
            throw new ParameterException(spec.commandLine(),
                "an id is given by the daemon: '" + reference.text() + "' cannot be asked for");
        }
        return reference;
    }
}
