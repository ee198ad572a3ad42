package dev.msqd.bench.durable;

import dev.msqd.bench.machine.Jvm;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.daemon.cli.Main;
import dev.msqd.layout.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A queue of level sync, served by a daemon in a process of its own. Each thread has an endpoint of its own. */
final class SyncQueue implements Durable {
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int MODE = 0600;
    /** What one sync is for, where a sender does not wait for each message. */
    static final int MESSAGES_PER_SYNC = 1000;

    private final Process daemon;
    private final Path hotFolder;
    private final Msqd msqd;
    private final int msqid;
    private final ThreadLocal<MessageQueue> queues;

    private SyncQueue(Process daemon, Path hotFolder, Msqd msqd, int msqid) {
        this.daemon = daemon;
        this.hotFolder = hotFolder;
        this.msqd = msqd;
        this.msqid = msqid;
        this.queues = ThreadLocal.withInitial(() -> msqd.open(msqid));
    }

    static SyncQueue create(Path path) throws IOException {
        Path hotFolder = Files.createTempDirectory(Path.of("/dev/shm"), "msqd-bench-");
        Process daemon = Jvm.builder(Main.class, "serve", "--dir=" + path, "-Dmsqd.hot.dir=" + hotFolder.resolve("hot"))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        boolean made = false;
        try {
            Msqd msqd = connect(path, daemon);
            int msqid = makeQueue(msqd);
            made = true;
            return new SyncQueue(daemon, hotFolder, msqd, msqid);
        } finally {
            if (!made) {
                end(daemon.destroyForcibly(), hotFolder);
            }
        }
    }

    private static int makeQueue(Msqd msqd) {
        return msqd.get(Msqd.IPC_PRIVATE, Msqd.IPC_CREAT | MODE, QueueOptions.none().withDurability(Durability.SYNC));
    }

    @Override
    public void append(ByteBuffer message) {
        queues.get().send(1, message);
    }

    /**
     * Messages a second of one sender that goes on sending and waits for the disk once for many, on a queue of its own.
     *
     * @param count how many it sends; nobody receives them, so the queue must hold them all
     */
    double perSecondUnsynced(int count) {
        int own = makeQueue(msqd);
        try (MessageQueue queue = msqd.open(own)) {
            return perSecondUnsynced(queue, count);
        } finally {
            msqd.remove(own);
        }
    }

    private static double perSecondUnsynced(MessageQueue queue, int count) {
        UnsafeBuffer message = new UnsafeBuffer(new byte[DurableRound.MESSAGE_LENGTH]);
        long startNs = System.nanoTime();
        for (int sent = 1; sent <= count; sent++) {
            queue.sendUnsynced(1, message, 0, message.capacity());
            if (sent % MESSAGES_PER_SYNC == 0 || sent == count) {
                queue.sync();
            }
        }
        return count * (double) TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNs);
    }

    @Override
    public void close() {
        msqd.remove(msqid);
        msqd.close();
        daemon.destroy();
        end(daemon, hotFolder);
    }

    private static void end(Process daemon, Path hotFolder) {
        daemon.onExit().join();
        IoUtil.delete(hotFolder.toFile(), true);
    }

    private static Msqd connect(Path path, Process daemon) throws IOException {
        long end = System.nanoTime() + START_TIMEOUT_NS;
        while (true) {
            try {
                return Msqd.connect(path);
            } catch (ErrnoException e) {
                if (!daemon.isAlive() || System.nanoTime() - end > 0) {
                    throw new IOException("the daemon does not serve " + path, e);
                }
                LockSupport.parkNanos(LOOK_NS);
            }
        }
    }
}
