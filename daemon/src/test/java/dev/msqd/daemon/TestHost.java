package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.agrona.IoUtil;

/**
 * A machine in small: a data directory, daemons that serve it one after the other, within this process or in their own, and
 * reboots. Settings are {@code key=value}.
 */
final class TestHost implements AutoCloseable {
    /** A message as a client sees it. */
    record Message(long mtype, int length, long crc32c) {}

    private final Path folder;
    private final String[] settings;
    private Daemon daemon;
    private TestProcess process;

    TestHost(Path folder, String... settings) {
        this.folder = folder;
        this.settings = settings;
    }

    Path data() {
        return folder.resolve("data");
    }

    Path hot() {
        return folder.resolve("hot");
    }

    /** Where a queue's log is. */
    Path log(int msqid) {
        return data().resolve("log").resolve(Integer.toString(msqid));
    }

    /** Length of all files of a queue's log. */
    long logBytes(int msqid) throws IOException {
        long bytes = 0;
        if (Files.isDirectory(log(msqid))) {
            try (Stream<Path> files = Files.list(log(msqid))) {
                for (Path file : files.toList()) {
                    try {
                        bytes += Files.size(file);
                    } catch (java.nio.file.NoSuchFileException e) {
                        // deleted by now
                    }
                }
            }
        }
        return bytes;
    }

    /** Starts a daemon in this process. */
    void start() {
        Map<String, String> given = new HashMap<>(Map.of("dir", data().toString(), "hot.dir", hot().toString()));
        for (String setting : settings) {
            String[] parts = setting.split("=", 2);
            given.put(parts[0], parts[1]);
        }
        daemon = Daemon.start(Configuration.load(given, Map.of(), null));
    }

    /** Starts a daemon as a process; returns at once. */
    TestProcess launch() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(data().toString(), hot().toString()));
        arguments.addAll(List.of(settings));
        process = TestProcess.start(DaemonMain.class, arguments.toArray(String[]::new));
        return process;
    }

    /** Starts a daemon as a process, and waits until it serves. */
    void startProcess() throws IOException {
        assertEquals("ready", launch().line());
    }

    /** Stops the daemon in good order. */
    void stop() throws Exception {
        if (daemon != null) {
            daemon.close();
            daemon = null;
        }
        if (process != null) {
            process.endInput();
            assertEquals(0, process.await());
            process = null;
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.kill();
        process = null;
    }

    /** While no daemon runs: what a reboot leaves of the hot directory. */
    void loseHotDirectory() {
        IoUtil.delete(hot().toFile(), true);
    }

    Msqd connect() {
        return Msqd.connect(data());
    }

    /** All queues, as the daemon describes them. */
    List<MsqidDs> queues() {
        try (Msqd msqd = connect()) {
            return msqd.list();
        }
    }

    /** All messages of a queue; they stay. */
    List<Message> messages(int msqid) {
        List<Message> messages = new ArrayList<>();
        try (Msqd msqd = connect(); MessageQueue queue = msqd.open(msqid)) {
            int index = 0;
            while (queue.browse(index++, (mtype, buffer, offset, length) -> {
                byte[] bytes = new byte[length];
                buffer.getBytes(offset, bytes);
                CRC32C crc = new CRC32C();
                crc.update(bytes);
                messages.add(new Message(mtype, length, crc.getValue()));
            })) {
                // until the last
            }
        }
        return messages;
    }

    @Override
    public void close() {
        if (daemon != null) {
            daemon.close();
        }
        if (process != null) {
            process.close();
        }
        loseHotDirectory();
    }
}
