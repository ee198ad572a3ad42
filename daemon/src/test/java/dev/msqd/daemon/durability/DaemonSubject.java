package dev.msqd.daemon.durability;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.daemon.Configuration;
import dev.msqd.daemon.Daemon;
import dev.msqd.daemon.TestJvm;
import dev.msqd.daemon.cli.Main;
import dev.msqd.daemon.durability.device.Program;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;

/** msqd: a daemon of its own process on the directory, its hot directory in shared memory, clients in this process. */
final class DaemonSubject implements Subject {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** Short, so that files roll and go all the time. */
    private static final String FILE_LENGTH = Integer.toString(1 << 20);
    private static final long INTERVAL_MS = 50;
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);

    static {
        // A daemon is started on each image, in this process, and finds that the power was cut.
        System.setProperty("org.slf4j.simpleLogger.log.dev.msqd.daemon", "error");
    }

    private final List<String> wrapper;
    private final byte[] buffer = new byte[1 << 16];

    DaemonSubject() {
        this(List.of());
    }

    /** @param wrapper the beginning of a command that runs the rest of it in the same process */
    DaemonSubject(List<String> wrapper) {
        this.wrapper = wrapper;
    }

    /** A daemon whose calls of this name do nothing, and succeed. */
    static DaemonSubject without(String systemCall) {
        Program.require("strace", "strace");
        return new DaemonSubject(List.of("strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null",
            "-e", "trace=" + systemCall, "-e", "inject=" + systemCall + ":retval=0"));
    }

    private static Map<String, String> settings(Path directory, Path hot) {
        return Map.of("dir", data(directory).toString(), "hot.dir", hot.resolve("hot").toString(),
            "log.interval", Long.toString(INTERVAL_MS), "log.file.length", FILE_LENGTH);
    }

    private static Path data(Path directory) {
        return directory.resolve("data");
    }

    @Override
    public Service start(Path directory) throws IOException {
        return new DaemonProcess(directory, wrapper);
    }

    @Override
    public Map<String, long[]> recover(Path directory) throws IOException {
        Map<String, long[]> found = new TreeMap<>();
        Path hot = Files.createTempDirectory(SHARED_MEMORY, "msqd-power-cut-hot-");
        try (Daemon daemon = Daemon.start(Configuration.load(settings(directory, hot), null));
            Msqd msqd = Msqd.connect(daemon.directory())) {
            for (MsqidDs state : msqd.list()) {
                if (state.damaged()) {
                    throw new IOException("queue " + state.name() + ": " + state.fault());
                }
                try (MessageQueue queue = msqd.open(state.msqid())) {
                    found.put(state.name(), read(queue, state.qnum()));
                }
            }
        } finally {
            IoUtil.delete(hot.toFile(), true);
        }
        return found;
    }

    /** Without receiving them: that would be a sync each. */
    private long[] read(MessageQueue queue, long count) throws IOException {
        List<Long> ids = new ArrayList<>();
        while (queue.browse(ids.size(), (mtype, message, offset, length) -> {
            message.getBytes(offset, buffer, 0, length);
            ids.add(Payload.identify(mtype, buffer, length));
        })) {
            continue;
        }
        if (ids.size() != count) {
            throw new IOException(queue.msqid() + " has " + count + " messages, but " + ids.size() + " can be read");
        }
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    /** The daemon's process, and this process as its client. */
    private static final class DaemonProcess implements Service {
        private final Path directory;
        private final Path memory;
        private final List<String> wrapper;
        private Process process;
        private Msqd msqd;

        DaemonProcess(Path directory, List<String> wrapper) throws IOException {
            this.directory = directory;
            this.wrapper = wrapper;
            this.memory = Files.createTempDirectory(SHARED_MEMORY, "msqd-power-cut-hot-");
            startDaemon();
        }

        private void startDaemon() throws IOException {
            List<String> command = new ArrayList<>(wrapper);
            command.addAll(TestJvm.command(Main.class, "serve", "--dir", data(directory), "--until-eof"));
            settings(directory, memory).forEach((key, value) -> {
                if (!key.equals("dir")) {
                    command.add("-Dmsqd." + key + "=" + value);
                }
            });
            long startNs = System.nanoTime();
            do {
                Path output = memory.resolve("output");
                process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile())).start();
                while (process.isAlive() && !connects()) {
                    LockSupport.parkNanos(POLL_NS);
                }
                if (System.nanoTime() - startNs > START_TIMEOUT_NS) {
                    throw new IOException("the daemon does not start: " + Files.readString(output));
                }
            } while (!process.isAlive()); // on a device that fails it can't start, but the device recovers
        }

        private boolean connects() {
            try {
                if (msqd == null) {
                    msqd = Msqd.connect(data(directory));
                } else {
                    Msqd.connect(data(directory)).close();
                }
                return true;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNREFUSED) {
                    throw e;
                }
                return false;
            }
        }

        @Override
        public boolean canBeKilledInUse() {
            return true;
        }

        @Override
        public Queue open(String name, Level level) {
            Durability durability = level == Level.SYNC ? Durability.SYNC : Durability.INTERVAL;
            return new Handle(msqd.open(
                msqd.get(name, Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(durability))));
        }

        @Override
        public void remove(String name) {
            msqd.remove(msqd.resolve(name));
        }

        @Override
        public void restart(End end, Runnable meanwhile) throws IOException {
            checkAlive();
            if (end == End.STOPPED) {
                process.destroy();
            } else {
                process.destroyForcibly();
            }
            process.onExit().join();
            if (end == End.REBOOTED) {
                msqd.close();
                msqd = null;
                IoUtil.delete(memory.resolve("hot").toFile(), true);
            }
            meanwhile.run();
            startDaemon();
        }

        private void checkAlive() throws IOException {
            if (!process.isAlive()) {
                throw new IOException("the daemon ended by itself, with status " + process.exitValue() + ": "
                    + Files.readString(memory.resolve("output")));
            }
        }

        @Override
        public void close() throws IOException {
            checkAlive();
            msqd.close();
            process.destroy();
            process.onExit().join();
            IoUtil.delete(memory.toFile(), true);
        }
    }

    private static final class Handle implements Queue {
        private static final long PATIENCE_MS = 20;

        private final MessageQueue queue;
        private final byte[] buffer = new byte[1 << 16];

        Handle(MessageQueue queue) {
            this.queue = queue;
        }

        @Override
        public void send(long mtype, byte[] bytes) {
            queue.send(mtype, bytes, 0, bytes.length);
        }

        @Override
        public long receive(long mtype) {
            Selector selector = mtype == 0 ? Selector.any() : Selector.type(mtype);
            int length = queue.receive(selector, buffer, 0, buffer.length, PATIENCE_MS, TimeUnit.MILLISECONDS);
            return length == MessageQueue.NONE ? 0 : Payload.identify(queue.receivedType(), buffer, length);
        }

        @Override
        public void close() {
            queue.close();
        }
    }
}
