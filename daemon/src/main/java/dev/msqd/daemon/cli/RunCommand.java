package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.ConfigurationException;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.run.Descriptors;
import dev.msqd.daemon.run.Run;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code msqd run}: any program, with msqd's queues in place of the kernel's. */
@Command(name = "run", sortOptions = false,
    customSynopsis = "msqd run [-h] [--dir=DIR] [--connect] [--no-proc] [--] PROGRAM [ARGUMENTS]...",
    description = {
        "Run a program whose msgget, msgsnd, msgrcv and msgctl msqd answers in the kernel's stead: its own and those of all that it starts.",
        "A daemon runs with it unless one serves the directory already. It stays until the last of them has ended, and exits as "
            + "the program did: with its status, or with 128 and the number of the signal."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"126:the program cannot be run", "127:there is no such program"})
final class RunCommand implements Callable<Integer> {
    private static final int CANNOT_RUN = 126;
    private static final int NO_PROGRAM = 127;

    @ParentCommand
    private Main main;

    @Option(names = "--connect", description = "Fail if no daemon serves the directory.")
    private boolean connect;

    @Option(names = "--no-proc",
        description = "Leave /proc/sysvipc/msg and /proc/sys/kernel/msg* the kernel's: opening files costs nothing extra.")
    private boolean noProc;

    @Parameters(arity = "1..*", paramLabel = "PROGRAM", hidden = true)
    private List<String> program;

    @Override
    public Integer call() {
        Descriptors given = Descriptors.given();
        try (Daemon _ = daemon()) {
            return run(given);
        }
    }

    private int run(Descriptors given) {
        if (!Run.mayKeepPrivileges()) {
            Main.complain("without CAP_SYS_ADMIN, programs with the set-user-ID bit run without their owner's rights");
        }
        CountDownLatch ended = new CountDownLatch(1);
        int[] status = new int[1];
        try (Run run = Run.start(main.directory(), Arguments.bytes(program), given, !noProc, RunCommand::table)) {
            Thread onSignal = new Thread(() -> passOn(run, ended, status), "run-signal");
            Runtime.getRuntime().addShutdownHook(onSignal);
            status[0] = run.await();
        } catch (ErrnoException e) {
            throw switch (e.errno()) {
                case Errno.ENOENT -> new Failure(NO_PROGRAM, program.getFirst() + ": there is no such program", e);
                case Errno.EACCES -> new Failure(CANNOT_RUN, program.getFirst() + ": cannot be run", e);
                default -> e;
            };
        }
        ended.countDown();
        return status[0];
    }

    /** SIGTERM is the program's affair, too: this process ends when that has. */
    private static void passOn(Run run, CountDownLatch ended, int[] status) {
        if (ended.getCount() == 0) {
            return;
        }
        run.terminate();
        try {
            ended.await();
        } catch (InterruptedException impossible) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(status[0]);
    }

    /** A daemon of our own, or null. */
    private Daemon daemon() {
        try {
            Msqd.connect(main.directory()).close();
            return null;
        } catch (ErrnoException e) {
            if (connect || e.errno() != Errno.ECONNREFUSED) {
                throw e;
            }
        }
        if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        }
        try {
            return Daemon.start(Configuration.of(main.directory()));
        } catch (ConfigurationException e) {
            throw new Failure(ExitStatus.USAGE, e.getMessage(), e);
        }
    }

    private static String table(List<MsqidDs> queues) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        new QueueTables(out, new Accounts()).proc(queues);
        out.flush();
        return text.toString();
    }
}
