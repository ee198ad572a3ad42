package dev.msqd.daemon.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.Msqd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A data directory, the daemon that serves it, and commands against it; every one is a process of its own. */
final class ServedDirectory implements AutoCloseable {
    private static final long POLL_MS = 5;

    private final Path path;
    private final CommandLineProcess daemon;

    private ServedDirectory(Path path, CommandLineProcess daemon) {
        this.path = path;
        this.daemon = daemon;
    }

    /**
     * Starts a daemon, with a new directory or one that was served before; returns when it answers.
     *
     * @param settings more of the daemon's arguments
     */
    static ServedDirectory start(Path folder, String name, String... settings) throws Exception {
        Path path = Files.createDirectories(folder.resolve(name));
        List<Object> arguments = new ArrayList<>(List.of(
            "serve", "--dir", path, "-Dmsqd.hot.dir=" + folder.resolve(name + "-hot"), "--until-eof"));
        arguments.addAll(Arrays.asList(settings));
        CommandLineProcess daemon = CommandLineProcess.start(arguments.toArray());
        ServedDirectory served = new ServedDirectory(path, daemon);
        while (!served.answers()) {
            assertTrue(daemon.process().isAlive(), () -> "the daemon did not start: " + printed(daemon));
            Thread.sleep(POLL_MS);
        }
        return served;
    }

    private boolean answers() {
        try {
            Msqd.connect(path).close();
            return true;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ECONNREFUSED) {
                throw e;
            }
            return false;
        }
    }

    Path path() {
        return path;
    }

    CommandLineProcess daemon() {
        return daemon;
    }

    /** Runs a command to its end. */
    CommandLineProcess.Result msqd(Object... arguments) throws Exception {
        return msqd(new byte[0], arguments);
    }

    CommandLineProcess.Result msqd(byte[] stdin, Object... arguments) throws Exception {
        return CommandLineProcess.run(stdin, withDirectory(arguments));
    }

    /** Starts a command. */
    CommandLineProcess starting(Object... arguments) {
        return CommandLineProcess.start(withDirectory(arguments));
    }

    @Override
    public void close() {
        daemon.close();
    }

    private Object[] withDirectory(Object... arguments) {
        Object[] all = new Object[arguments.length + 2];
        all[0] = "--dir";
        all[1] = path;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return all;
    }

    private static String printed(CommandLineProcess ended) {
        try {
            return ended.err();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
