package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A million messages of 64 bytes come back after a reboot. Prints how long that took; the daemon logs its part of it. */
@Tag("long")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RecoveryTimeTest {
    private static final int MESSAGES = 1_000_000;
    private static final int LENGTH = 64;

    @TempDir
    private Path folder;

    @Test
    void aMillionMessagesAreBack() throws Exception {
        try (TestHost host = new TestHost(folder)) {
            host.startProcess();
            int msqid;
            UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
            try (Msqd msqd = host.connect()) {
                msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600, QueueOptions.none());
                try (MessageQueue queue = msqd.open(msqid)) {
                    for (int i = 0; i < MESSAGES; i++) {
                        buffer.putLong(0, i);
                        assertTrue(queue.trySend(1, buffer, 0, LENGTH));
                    }
                }
            }
            Thread.sleep(2000);
            host.kill();
            host.loseHotDirectory();
            long startNs = System.nanoTime();
            host.startProcess();
            long servesNs = System.nanoTime();
            try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
                assertEquals(MESSAGES, msqd.stat(msqid).qnum());
                for (int i = 0; i < MESSAGES; i++) {
                    assertEquals(LENGTH, queue.tryReceive(dev.msqd.queue.Selector.any(), buffer, 0, LENGTH));
                    assertEquals(i, buffer.getLong(0));
                }
            }
            System.out.printf("recovery: %,d messages of %d bytes; the daemon served %d ms after its JVM was started%n",
                MESSAGES, LENGTH, TimeUnit.NANOSECONDS.toMillis(servesNs - startNs));
            host.stop();
        }
    }
}
