package dev.msqd.daemon.cli;

import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.ConfigurationException;
import dev.msqd.daemon.StoredData;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where to find what is stored of a data directory, with or without a daemon. */
final class StoredOptions {
    @Option(names = "--hot-dir", paramLabel = "DIR",
        description = "The daemon's hot directory, if the command line of serve names one (-Dmsqd.hot.dir).")
    private Path hotDirectory;

    StoredData look(Path directory) {
        try {
            return StoredData.of(directory,
                hotDirectory != null ? hotDirectory : Configuration.of(directory).hotDirectory());
        } catch (ConfigurationException e) {
            throw new Failure(ExitStatus.USAGE, e.getMessage(), e);
        }
    }
}
