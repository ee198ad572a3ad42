package dev.msqd.daemon.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What both processes of the demo are told, and how both begin. */
final class DemoOptions {
    @Option(names = "--queue", required = true)
    private String queue;

    @Option(names = "--page", required = true)
    private Path page;

    /** The queue's name. */
    String queue() {
        return queue;
    }

    /** The page that the demo's processes share; from now on this one ends with the process that started it. */
    DemoPage begin() {
        ParentWatch.onEnd(() -> Runtime.getRuntime().halt(ExitStatus.INTERRUPTED));
        return DemoPage.map(page);
    }
}
