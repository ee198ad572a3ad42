package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.calls.PeerCredentials;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.control.Credentials;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.layout.Durability;
import dev.msqd.log.QueueMemory;
import dev.msqd.log.SegmentChain;
import dev.msqd.queue.Endpoint;
import dev.msqd.queue.Receiver;
import dev.msqd.queue.Selector;
import dev.msqd.queue.SystemLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A queue that is parked before its house was kept. */
class ParkedMemoryTest {
    private static final int LENGTH = 64_000;

    @TempDir
    private Path folder;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private HotDirectory hot;
    private Clients clients;
    private Queues queues;
    private SystemLimits limits;

    @BeforeEach
    void start() {
        Registry registry = Registry.open(folder.resolve("registry"));
        hot = HotDirectory.open(folder.resolve("hot"), folder, registry.directoryId());
        Watch watch = new Watch();
        limits = SystemLimits.serve(hot.path());
        clients = new Clients(ClientTable.open(hot.clients()), watch,
            new Tracing(hot.traceRings(), folder.resolve("trace"), 1 << 26, limits, Threads::join));
        clients.restore();
        Configuration configuration = Configuration.load(Map.of("dir", folder.toString()), Map.of(), null);
        SystemWide system = new SystemWide(limits, configuration.limits());
        queues = TestLogs.in(folder).queues(registry, hot, clients::isAlive, system,
            configuration.segmentLength(), Durability.INTERVAL, () -> 0);
        queues.open(false);
        clients.forgetDead(List.of(), queues);
        opened.addAll(List.of(queues, clients, watch, system, hot, registry));
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private long blocks(int msqid) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", QueueMemory.file(hot.folder(msqid)).toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }

    @Test
    void memoryIsGivenBackInTheEnd() throws IOException {
        Credentials caller = new Credentials(new PeerCredentials(1, 1, 1, new int[0]), 0);
        int msqid = queues.get(caller, 5, 01600, QueueOptions.none());
        ServedQueue queue = queues.attach(caller, msqid);
        queue.attached();
        long before = blocks(msqid);
        try (QueueMemory memory = QueueMemory.open(hot.folder(msqid));
            Endpoint endpoint = new Endpoint(new SegmentChain(memory), 1, 1, limits, state -> 6, () -> {})) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[LENGTH]);
            for (int i = 0; i < 100; i++) {
                assertTrue(endpoint.sender().send(1, payload, 0, LENGTH, 0));
            }
            while (endpoint.receiver().take(Selector.any(), LENGTH, 0) == Receiver.TAKEN) {
                endpoint.receiver().consume();
            }
        }
        queue.detached();
        // As Keepers does to make room for another queue, before the next round.
        queue.park();
        HouseKeeping houseKeeping = new HouseKeeping(queues, clients, 0);
        for (int second = 1; second < 10; second++) {
            houseKeeping.run(TimeUnit.SECONDS.toNanos(second));
        }
        queues.attach(caller, msqid);
        for (int second = 10; second < 20; second++) {
            houseKeeping.run(TimeUnit.SECONDS.toNanos(second));
        }
        long after = blocks(msqid);
        long spares = 3L * queue.keeper().memory().segmentLength() / 512 + 64;
        assertTrue(after <= before + spares, () -> before + " blocks before, " + after + " after");
    }
}
