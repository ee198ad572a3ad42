package dev.msqd.bench.axis;

import dev.msqd.bench.machine.Jvm;
import dev.msqd.bench.peer.Site;
import dev.msqd.bench.worker.Crew;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.daemon.cli.Main;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** How long it takes from the start of a daemon's process to the first message of a queue that has to be put back from the disk. */
public final class Recovery implements Axis {
    static final String NAME = "recovery";
    static final String TIME = "start to first message, ms";

    private static final String PEER = "msqd";
    private static final int LENGTH = 64;
    private static final int MODE = 0600;
    private static final long TIMEOUT_NS = TimeUnit.MINUTES.toNanos(2);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final double NS_PER_MS = 1e6;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Start-up and recovery";
    }

    @Override
    public String method(Scale scale) {
        return "A daemon is stopped in good order, its hot directory deleted as by a reboot, and a new daemon started: the time from the"
            + " start of its process until a client, which is there already, has connected and received the first of the queued messages of"
            + " 64 bytes. With 1 queued message it is the time to start. A plain JVM without the launcher's class cache, not"
            + " pinned. The other messages are counted.";
    }

    @Override
    public boolean dependsOnPlace() {
        return false;
    }

    @Override
    public List<Trial> trials(Scale scale) {
        List<Trial> trials = new ArrayList<>();
        List<Integer> backlogs =
            scale.choose(List.of(100), List.of(1, 100_000), List.of(1, 10_000, 100_000, 1_000_000));
        for (int backlog : backlogs) {
            String setting = String.format(Locale.ROOT, backlog == 1 ? "%,d message" : "%,d messages", backlog);
            trials.add(new Trial(setting, PEER,
                crew -> List.of(Reading.of(setting, PEER, TIME, measure(crew, backlog) / NS_PER_MS))));
        }
        return trials;
    }

    private static long measure(Crew crew, int backlog) throws IOException {
        Site site = crew.site();
        Path hot = site.newPath("hot-");
        Path data = site.newDataDirectory(hot);
        int msqid;
        try (Server server = new Server(data)) {
            msqid = fill(server.msqd(), backlog);
        }
        IoUtil.delete(hot.toFile(), false);
        long startNs = System.nanoTime();
        try (Server server = new Server(data); MessageQueue queue = server.msqd().open(msqid)) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
            receive(queue, buffer, 0);
            long tookNs = System.nanoTime() - startNs;
            long left = server.msqd().stat(msqid).qnum();
            if (left != backlog - 1) {
                throw new IOException(left + " messages are left of " + (backlog - 1));
            }
            return tookNs;
        } finally {
            IoUtil.delete(data.toFile(), true);
        }
    }

    private static int fill(Msqd msqd, int backlog) {
        int msqid = msqd.get(Msqd.IPC_PRIVATE, MODE, QueueOptions.none()
            .withQbytes((long) backlog * LENGTH).withDurability(Durability.INTERVAL));
        try (MessageQueue queue = msqd.open(msqid)) {
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
            for (int i = 0; i < backlog; i++) {
                buffer.putLong(0, i);
                queue.send(1, buffer, 0, LENGTH);
            }
        }
        return msqid;
    }

    private static void receive(MessageQueue queue, UnsafeBuffer buffer, long expected) throws IOException {
        if (queue.receive(Selector.any(), buffer, 0, LENGTH) != LENGTH || buffer.getLong(0) != expected) {
            throw new IOException("received another message than " + expected);
        }
    }

    /** A daemon in a process of its own, and a client of it. */
    private static final class Server implements AutoCloseable {
        private final Process process;
        private final Msqd msqd;

        Server(Path data) throws IOException {
            process = Jvm.builder(Main.class, "serve", "--dir=" + data)
                .redirectOutput(Redirect.DISCARD).redirectError(Redirect.INHERIT).start();
            msqd = connect(data);
        }

        Msqd msqd() {
            return msqd;
        }

        /** In good order: what is queued is then on disk. */
        @Override
        public void close() {
            msqd.close();
            process.destroy();
            process.onExit().join();
        }

        private Msqd connect(Path data) throws IOException {
            long end = System.nanoTime() + TIMEOUT_NS;
            while (true) {
                try {
                    return Msqd.connect(data);
                } catch (ErrnoException e) {
                    if (!process.isAlive() || System.nanoTime() - end > 0) {
                        process.destroyForcibly();
                        throw new IOException("the daemon does not serve " + data, e);
                    }
                    LockSupport.parkNanos(LOOK_NS);
                }
            }
        }
    }
}
