package dev.msqd.daemon.cli;

import dev.msqd.client.Msqd;
import dev.msqd.client.QueueSettings;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd set}: owner, permission, limit, durability and history of a queue (IPC_SET). */
@Command(name = "set", sortOptions = false,
    description = "Change a queue's owner, permission, limit, durability or history.")
final class SetCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-q", "--queue"}, paramLabel = "Q", required = true,
        description = "The queue: a name, a key (0x...) or an id.")
    private QueueReference queue;

    @Option(names = {"-p", "--mode"}, paramLabel = "MODE", converter = OctalMode.class,
        description = "Permission, octal.")
    private Integer mode;

    @Option(names = {"-o", "--owner", "--uid"}, paramLabel = "USER", description = "The new owner: a name or a number.")
    private String owner;

    @Option(names = {"-g", "--group", "--gid"}, paramLabel = "GROUP",
        description = "The new group: a name or a number.")
    private String group;

    @Option(names = {"-b", "--qbytes"}, paramLabel = "N[K|M|G]", converter = Count.class,
        description = "How many bytes it may hold.")
    private Long qbytes;

    @Mixin
    private Survival survival;

    @Override
    public Integer call() {
        QueueSettings settings = settings();
        try (Msqd msqd = main.connect()) {
            int msqid = queue.find(msqd);
            msqd.set(msqid, settings);
            survival.warn(msqd, msqid, queue.toString());
        }
        return ExitStatus.OK;
    }

    private QueueSettings settings() {
        QueueSettings settings = QueueSettings.none();
        if (mode != null) {
            settings = settings.withMode(mode);
        }
        if (owner != null) {
            settings = settings.withUid(account("user", owner, new Accounts().uid(owner)));
        }
        if (group != null) {
            settings = settings.withGid(account("group", group, new Accounts().gid(group)));
        }
        if (qbytes != null) {
            settings = settings.withQbytes(qbytes);
        }
        if (survival.durability().isPresent()) {
            settings = settings.withDurability(survival.durability().get());
        }
        if (survival.retention().isPresent()) {
            settings = settings.withRetention(survival.retention().get());
        }
        if (settings.equals(QueueSettings.none())) {
            throw new ParameterException(spec.commandLine(),
                "nothing to set: --mode, --owner, --group, --qbytes, --durability or --keep");
        }
        return settings;
    }

    private int account(String kind, String name, OptionalInt number) {
        return number.orElseThrow(() -> new ParameterException(spec.commandLine(), "no such " + kind + ": " + name));
    }
}
