package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.layout.Durability;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A receiver of a sync queue that is stopped while it waits for the disk delays itself alone. */
@Timeout(60)
class StoppedReceiverTest {
    private static final byte[] BYTE = {1};
    private static final long LONG_ENOUGH_MS = 500;

    @TempDir
    private Path folder;

    @Test
    void theSenderOfItsMessageGoesOn() throws Exception {
        Path data = folder.resolve("data");
        try (TestProcess daemon =
            TestProcess.start(DaemonMain.class, data.toString(), folder.resolve("hot").toString())) {
            assertEquals("ready", daemon.line());
            try (Msqd msqd = Msqd.connect(data)) {
                int msqid =
                    msqd.get("q", Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.SYNC));
                try (MessageQueue queue = msqd.open(msqid);
                    TestProcess receiver = TestProcess.start(ClientMain.class, data.toString(), "receive", "q")) {
                    assertEquals("ready", receiver.line());
                    Thread.sleep(LONG_ENOUGH_MS); // to sleep
                    daemon.signal("STOP");
                    FutureTask<Void> sending = new FutureTask<>(() -> queue.send(7, BYTE, 0, 1), null);
                    Thread.ofPlatform().start(sending);
                    Thread.sleep(LONG_ENOUGH_MS); // to take the message, and to ask for leave to consume it
                    receiver.signal("STOP");
                    daemon.signal("CONT");
                    sending.get(20, TimeUnit.SECONDS);
                    receiver.signal("CONT");
                    assertEquals("received 7", receiver.line());
                    assertEquals(0, receiver.await());
                    assertEquals(0, msqd.stat(msqid).qnum());
                }
            }
        }
    }
}
