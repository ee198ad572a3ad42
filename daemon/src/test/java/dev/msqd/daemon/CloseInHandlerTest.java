package dev.msqd.daemon;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.Errno;
import dev.msqd.calls.ErrnoException;
import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that is closed by who reads a message. */
@Timeout(60)
class CloseInHandlerTest {
    private static final byte[] BYTE = {1};

    @TempDir
    private Path folder;

    /** A connection that is closed while a message is read: the message is not received, and not lost. */
    @Test
    void connectionIsClosedByTheHandler() {
        try (Daemon daemon = Daemon.start(Configuration.load(Map.of(
            "dir", folder.resolve("data").toString(), "hot.dir", folder.resolve("hot").toString()), Map.of(), null));
            Msqd other = Msqd.connect(daemon.directory())) {
            int msqid = other.get("q", Msqd.IPC_CREAT | 0600);
            try (MessageQueue queue = other.open(msqid)) {
                assertTrue(queue.trySend(1, BYTE, 0, 1));
                Msqd msqd = Msqd.connect(folder.resolve("data"));
                MessageQueue reading = msqd.open(msqid);
                boolean[] received = new boolean[1];
                try {
                    received[0] = reading.tryReceive(Selector.any(),
                        (mtype, buffer, offset, length) -> msqd.close());
                } catch (ErrnoException e) {
                    assertEquals(Errno.EINVAL, e.errno());
                }
                // The closing does not wait for the daemon, which gives the message back.
                boolean available =
                    !received[0] && queue.receive(Selector.any(), (mtype, buffer, offset, length) -> {}, 30, SECONDS);
                assertTrue(received[0] != available, "received: " + received[0] + ", available: " + available);
            }
        }
    }
}
