package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.control.Credentials;
import dev.msqd.client.control.Limits;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client ends: this process has done what it did, another one's end is the proof. */
@Timeout(60)
class ClientsTest {
    private static final Credentials OWNER = new Credentials(
        new PeerCredentials(Processes.self(), Processes.effectiveUid(), 0, new int[0]), 0);

    @TempDir
    private Path folder;
    private Registry registry;
    private HotDirectory hot;
    private ClientTable table;
    private Watch watch;
    private Clients clients;
    private SystemLimits limits;
    private SystemWide system;
    private Queues queues;
    private Process process;
    private Client client;
    private ServedQueue queue;

    @BeforeEach
    void open() throws IOException {
        registry = Registry.open(folder.resolve("registry"));
        hot = HotDirectory.open(folder.resolve("hot"), folder, registry.directoryId());
        table = ClientTable.open(hot.clients());
        watch = new Watch();
        limits = SystemLimits.serve(hot.path());
        clients = new Clients(table, watch,
            new Tracing(hot.traceRings(), folder.resolve("trace"), 1 << 26, limits, Threads::join));
        system = new SystemWide(limits, new Limits(100, 1000, 10, 5));
        queues = TestLogs.in(folder).queues(registry, hot, clients::isAlive, system,
            QueueMemory.MIN_SEGMENT_LENGTH, Durability.INTERVAL, () -> 1_700_000_000_000L);
        queues.open(false);
        clients.forgetDead(clients.restore(), queues);

        int msqid = queues.get(OWNER, 5, Msqd.IPC_CREAT | 0600, QueueOptions.none());
        queue = queues.attach(OWNER, msqid);
        process = new ProcessBuilder("cat").start();
        int pid = (int) process.pid();
        client = clients.hello(new Connection(null, Processes.pidfdOpen(pid)),
            new PeerCredentials(pid, Processes.effectiveUid(), 0, new int[0]), 0);
        client.attach(queue);
    }

    @AfterEach
    void close() {
        process.destroyForcibly();
        queues.close();
        system.close();
        clients.close();
        watch.close();
        hot.close();
        registry.close();
    }

    private Endpoint endpoint(QueueMemory memory, long clientId) {
        return new Endpoint(new SegmentChain(memory), clientId, 1, limits, state -> 6, () -> {});
    }

    @Test
    void whatTheDeadLeftIsSettledBeforeTheyAreForgotten() {
        try (QueueMemory memory = QueueMemory.open(hot.folder(queue.entry().msqid()))) {
            Endpoint dead = endpoint(memory, client.id());
            assertTrue(dead.sender().send(1, new UnsafeBuffer(new byte[8]), 0, 8, 0));
            assertEquals(Receiver.TAKEN, dead.receiver().take(Selector.any(), 8, 0));
            // Claimed and counted, and never finished.
            assertTrue(dead.sender().tryClaim(1, 8) >= 0);
            assertEquals(2, limits.messages());

            process.destroyForcibly();
            while (clients.isAlive(client.id())) {
                watch.poll(1000);
            }

            assertNull(table.get(client.id()));
            assertEquals(0, queue.attachments());
            // Invariants 3 and 7: the message is there again, the claim is dead.
            assertEquals(1, queue.keeper().depth().messages());
            // R78: counted anew, at once
            assertEquals(1, limits.messages());
            try (Endpoint other = endpoint(memory, client.id() + 1)) {
                assertEquals(Receiver.TAKEN, other.receiver().take(Selector.any(), 8, 0));
                assertTrue(other.receiver().consume());
            }
            assertFalse(dead.receiver().consume());
            assertEquals(0, limits.messages());
        }
    }
}
