package dev.msqd.daemon.cli;

import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.ConfigurationException;
import dev.msqd.daemon.Daemon;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code msqd serve}: the daemon, in the foreground until SIGTERM or Ctrl-C. */
@Command(name = "serve", sortOptions = false,
    customSynopsis = "msqd serve [-h] [--dir=DIR] [--config=FILE] [--preset=NAME] [-Dmsqd.KEY=VALUE]...",
    description = "Run the daemon in the foreground until SIGTERM or Ctrl-C.",
    footer = {
        "",
        "-Dmsqd.KEY=VALUE sets one key above all other sources of it: the environment",
        "(MSQD_KEY), the file, the preset. The file config/msqd.properties lists the keys."
    })
final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(names = "--config", paramLabel = "FILE",
        description = "Settings; else DIR/msqd.properties, if there is one.")
    private Path config;

    @Option(names = "--preset", paramLabel = "NAME",
        description = "Start from the limits of another system: linux, tru64.")
    private String preset;

    @Option(names = "-D", hidden = true)
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--until-eof", hidden = true, description = "Stop when stdin ends, too.")
    private boolean untilEof;

    @Override
    public Integer call() {
        Configuration configuration = configuration();
        shapeLog();
        Thread worker = Thread.currentThread();
        try (Daemon daemon = Daemon.start(configuration)) {
            if (untilEof) {
                ParentWatch.onEnd(worker::interrupt);
            }
            daemon.awaitStop();
        } catch (InterruptedException e) {
            // A signal: the proper end of a daemon.
        }
        return ExitStatus.OK;
    }

    /** Time, level, what happened: on stderr, unless the user has other wishes. Before the first logger is made. */
    private static void shapeLog() {
        Map.of(
            "showDateTime", "true",
            "dateTimeFormat", "yyyy-MM-dd HH:mm:ss.SSS",
            "showThreadName", "false",
            "showLogName", "false"
        ).forEach((key, value) -> {
            String property = "org.slf4j.simpleLogger." + key;
            if (System.getProperty(property) == null) {
                System.setProperty(property, value);
            }
        });
    }

    private Configuration configuration() {
        Map<String, String> given = new LinkedHashMap<>();
        if (main.givenDirectory() != null) {
            given.put("dir", main.givenDirectory().toString());
        }
        if (preset != null) {
            given.put("preset", preset);
        }
        settings.forEach((key, value) -> {
            if (!key.startsWith(Configuration.PREFIX)) {
                throw new ParameterException(spec.commandLine(),
                    "-D" + key + ": a setting begins with " + Configuration.PREFIX);
            }
            given.put(key.substring(Configuration.PREFIX.length()), value);
        });
        try {
            return Configuration.load(given, config);
        } catch (ConfigurationException e) {
            throw new Failure(ExitStatus.USAGE, e.getMessage(), e);
        }
    }
}
