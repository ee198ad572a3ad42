package dev.msqd.daemon.cli;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import dev.msqd.client.control.DataDirectory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line's entry: {@code msqd [--dir DIR] COMMAND ...}. */
@Command(
    name = "msqd",
    description = "Persistent System V message queues on shared memory.",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    descriptionHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
        "0:done",
        "1:refused; the message on stderr names the errno",
        "2:wrong usage or configuration",
        "3:nothing there, or it would have blocked (--nowait, --timeout)",
        "4:no daemon serves the data directory",
        "130:interrupted",
        "141:the reader of stdout went away"
    },
    footerHeading = "%nExamples:%n",
    footer = {
        "  msqd serve &",
        "  ls | msqd send -q files",
        "  msqd recv -q files --nowait",
        "  msqd ls",
        "",
        "A queue Q is a name, a key (0x1f) or an id (12).",
        "MSQD_DEBUG=1 shows where an error came from."
    },
    subcommands = {
        ServeCommand.class,
        MakeCommand.class,
        ListCommand.class,
        StatCommand.class,
        TopCommand.class,
        SetCommand.class,
        RemoveCommand.class,
        LimitsCommand.class,
        CheckCommand.class,
        LogCommand.class,
        TraceCommand.class,
        SendCommand.class,
        ReceiveCommand.class,
        BrowseCommand.class,
        ReplayCommand.class,
        WhyCommand.class,
        RunCommand.class,
        DemoCommand.class,
        DemoSender.class,
        DemoReceiver.class,
        CompletionCommand.class,
        HelpCommand.class
    })
public final class Main implements Runnable {
    private static final boolean DEBUG = "1".equals(System.getenv("MSQD_DEBUG"));
    private static final long NS_PER_MS = 1_000_000;
    private static final long PATIENCE_MS = 30_000;
    private static final long TELL_AFTER_MS = 1_000;
    private static final long LOOK_AGAIN_MS = 20;

    @Spec
    private CommandSpec spec;

    @Option(names = "--dir", paramLabel = "DIR", scope = ScopeType.INHERIT, converter = DirectoryConverter.class,
        description = "The daemon's data directory; else $MSQD_DIR, /var/lib/msqd for root, "
            + "$${XDG_STATE_HOME:-~/.local/state}/msqd for others.")
    private Path directory;

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version.")
    private boolean version;

    /** Runs one command and exits with its status. */
    public static void main(String[] args) {
        Interruption interruption = Interruption.guard();
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        StandardOutput stdout = new StandardOutput();
        PrintWriter out = new PrintWriter(new OutputStreamWriter(stdout, StandardCharsets.UTF_8));
        int status = run(out, Arguments.utf8(args));
        out.flush();
        if (stdout.failure() != null) {
            status = failed(StandardOutput.unwritten(stdout.failure()));
        }
        interruption.ended(status);
        System.exit(status);
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    /** What --dir said, or null. */
    Path givenDirectory() {
        return directory;
    }

    /** The data directory that was asked for, or the default one. */
    Path directory() {
        return directory == null ? Msqd.defaultDirectory() : directory;
    }

    /** A connection to the daemon of the data directory. */
    Msqd connect() {
        return Msqd.connect(directory());
    }

    /**
     * The same for those who are to work on whatever happens to the daemon: a socket that nobody listens to was left by one
     * that was killed, and another one is waited for.
     */
    Msqd connectPatiently() {
        long startNs = System.nanoTime();
        boolean told = false;
        while (true) {
            try {
                return Msqd.connect(directory());
            } catch (ErrnoException e) {
                long waitedNs = System.nanoTime() - startNs;
                boolean killed =
                    e.errno() == Errno.ECONNREFUSED && Files.exists(directory().resolve(DataDirectory.SOCKET));
                if (!killed || waitedNs > PATIENCE_MS * NS_PER_MS) {
                    throw e;
                }
                if (!told && waitedNs > TELL_AFTER_MS * NS_PER_MS) {
                    complain("the daemon of " + directory() + " was killed: waiting for another one");
                    told = true;
                }
                LockSupport.parkNanos(LOOK_AGAIN_MS * NS_PER_MS);
                if (Thread.interrupted()) {
                    throw new ErrnoException(Errno.EINTR, "interrupted while no daemon served " + directory(), e);
                }
            }
        }
    }

    private static int run(PrintWriter out, String[] args) {
        try {
            CommandLine commandLine = new CommandLine(new Main());
            // What follows a program's name is the program's.
            commandLine.getSubcommands().get("run").setStopAtPositional(true);
            Numbers.register(commandLine);
            return commandLine
                .setOut(out)
                .setErr(new PrintWriter(System.err, true))
                .registerConverter(QueueReference.class, new QueueReference.Converter())
                .setParameterExceptionHandler((e, arguments) -> misused(e))
                .setExecutionExceptionHandler((e, command, parsed) -> failed(e))
                .execute(args);
        } catch (Throwable e) {
            return failed(e);
        }
    }

    private static int misused(ParameterException e) {
        trace(e);
        boolean unknownCommand = e instanceof UnmatchedArgumentException unmatched
            && !unmatched.isUnknownOption() && e.getCommandLine().getParent() == null;
        complain(unknownCommand
            ? "no such command: " + ((UnmatchedArgumentException) e).getUnmatched().getFirst()
            : e.getMessage().replaceFirst("^Error: ", ""));
        System.err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitStatus.USAGE;
    }

    /** Tells what went wrong; returns the exit status that stands for it. */
    static int failed(Throwable e) {
        trace(e);
        Failure failure = switch (e) {
            case Failure known -> known;
            case ErrnoException refused -> Failure.of(refused);
            default -> new Failure(ExitStatus.REFUSED, "internal error: " + e + " (MSQD_DEBUG=1 shows where)", e);
        };
        if (!failure.getMessage().isEmpty()) {
            complain(failure.getMessage());
        }
        return failure.status();
    }

    /** To some an empty word would be the working directory, to others the default. */
    static final class DirectoryConverter implements ITypeConverter<Path> {
        @Override
        public Path convert(String text) {
            if (text.isEmpty()) {
                throw new TypeConversionException("a data directory has a name, not an empty one");
            }
            return Path.of(text);
        }
    }

    /** One line on stderr. */
    static void complain(String line) {
        System.err.println("msqd: " + line);
    }

    private static void trace(Throwable e) {
        if (DEBUG) {
            e.printStackTrace();
        }
    }
}
