package dev.msqd.daemon;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.calls.LinuxFile;
import dev.msqd.client.Statistics;
import dev.msqd.client.control.DataDirectory;
import dev.msqd.client.control.SystemInfo;
import dev.msqd.daemon.http.HttpEndpoint;
import dev.msqd.daemon.journal.DurableDirectory;
import dev.msqd.daemon.stats.CountersFile;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon serving a data directory: one a directory, with a thread of its own. Clients go on sending and receiving
 * when it stops, however it does, and find the next one by themselves. Methods may be called from any thread.
 */
public final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final Path directory;
    private final Conductor conductor;
    private final Thread thread;

    private Daemon(Path directory, Conductor conductor) {
        this.directory = directory;
        this.conductor = conductor;
        this.thread = Thread.ofPlatform().name("msqd-conductor").daemon().unstarted(conductor);
    }

    /**
     * Starts a daemon; it serves when this returns.
     *
     * @throws ErrnoException EBUSY naming the directory, the pid and the start of the daemon that serves it already;
     *                        else what stands in the way, naming the file
     */
    public static Daemon start(Configuration configuration) {
        Resources resources = new Resources();
        boolean started = false;
        try {
            Daemon daemon = assemble(configuration, resources);
            daemon.thread.start();
            started = true;
            return daemon;
        } finally {
            if (!started) {
                resources.close();
            }
        }
    }

    /** Real path of the data directory. */
    public Path directory() {
        return directory;
    }

    /**
     * Waits until this daemon has stopped.
     *
     * @throws IllegalStateException it stopped because of an error
     * @throws InterruptedException  the waiting thread was interrupted; the daemon goes on
     */
    public void awaitStop() throws InterruptedException {
        thread.join();
        if (conductor.failure() != null) {
            throw new IllegalStateException("the daemon of " + directory + " stopped: " + conductor.failure(),
                conductor.failure());
        }
    }

    /** Stops this daemon and waits until another one could start; the second call does nothing. */
    @Override
    public void close() {
        conductor.stop();
        Threads.join(thread);
    }

    private static Daemon assemble(Configuration configuration, Resources resources) {
        Path directory = makeDirectory(configuration.directory());
        resources.add(DirectoryLock.acquire(directory, "data"));
        Registry registry = resources.add(Registry.open(directory.resolve(DataDirectory.REGISTRY)));
        Path hotPath = configuration.hotDirectory() == null
            ? HotDirectory.byDefault(registry.directoryId()) : configuration.hotDirectory();
        HotDirectory hot = resources.add(HotDirectory.open(hotPath, directory, registry.directoryId()));

        SystemLimits limits = SystemLimits.serve(hot.path());
        SystemWide system = resources.add(new SystemWide(limits, configuration.limits()));
        Watch watch = resources.add(new Watch());
        Tracing tracing = resources.add(new Tracing(hot.traceRings(), directory.resolve(DataDirectory.TRACE),
            configuration.traceMaxSize(), limits, Threads::join));
        Clients clients = resources.add(new Clients(ClientTable.open(hot.clients()), watch, tracing));
        List<ClientTable.Entry> dead = clients.restore();
        limits.maxLag(TimeUnit.SECONDS.toNanos(configuration.logMaxLagSeconds()));
        Journals journals =
            resources.add(new Journals(directory.resolve(DataDirectory.LOG), configuration.logIntervalMs(),
                configuration.logFileLength(), SystemEpochClock.INSTANCE));
        LastTimes times = resources.add(LastTimes.open(directory.resolve(DataDirectory.TIMES)));
        CountersFile counters = counters(hot);
        Counting counting = resources.add(new Counting(counters, SystemEpochClock.INSTANCE));
        HotQueues hotQueues = new HotQueues(hot, clients::isAlive, journals, times);
        Queues queues =
            resources.add(new Queues(registry, hot, hotQueues, new Keepers(hotQueues, journals, times, counting),
                system, configuration.segmentLength(), configuration.durability(), SystemEpochClock.INSTANCE));
        queues.open(clients.anyInherited());
        clients.forgetDead(dead, queues);
        journals.start(limits);
        ControlServer server = resources.add(
            new ControlServer(directory.resolve(DataDirectory.SOCKET), watch, clients, queues, counting, registry,
                tracing));

        SystemInfo info = queues.info();
        LOG.info("serving {} (hot directory {}); queues: {}, messages: {}", directory, hotPath, info.queues(),
            info.messages());
        counting.start(queues, clients, tracing);
        if (configuration.httpPort() != 0 && counters != null) {
            resources.add(HttpEndpoint.start(configuration.httpAddress(), configuration.httpPort(),
                Statistics.adopt(LinuxFile.dup(counters.readOnlyFd())), directory.toString()));
        }
        HouseKeeping houseKeeping = new HouseKeeping(queues, clients, SystemNanoClock.INSTANCE.nanoTime());
        return new Daemon(directory,
            new Conductor(watch, server, houseKeeping, counting, SystemNanoClock.INSTANCE, resources::close));
    }

    /** Null where there is no room for counters: messages matter more. */
    private static CountersFile counters(HotDirectory hot) {
        try {
            return CountersFile.open(hot.path(), SystemEpochClock.INSTANCE);
        } catch (ErrnoException e) {
            LOG.warn("nothing is counted: {}", e.getMessage());
            return null;
        }
    }

    private static Path makeDirectory(Path directory) {
        try {
            boolean there = Files.exists(directory);
            DurableDirectory.make(directory);
            if (!there) {
                // Whatever the umask: other users must reach the socket. What else is in it they may not read.
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            return directory.toRealPath();
        } catch (IOException e) {
            throw new ErrnoException(Errno.EIO, "cannot make the data directory " + directory + ": " + e, e);
        }
    }

    /** What was opened, let go in the reverse order. */
    private static final class Resources {
        private final Deque<AutoCloseable> opened = new ArrayDeque<>();

        <T extends AutoCloseable> T add(T resource) {
            opened.push(resource);
            return resource;
        }

        void close() {
            while (!opened.isEmpty()) {
                try {
                    opened.pop().close();
                } catch (Exception e) {
                    LOG.warn("letting go of everything: {}", e.toString());
                }
            }
        }
    }
}
