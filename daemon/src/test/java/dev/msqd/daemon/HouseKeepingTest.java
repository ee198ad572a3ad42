package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.msqd.calls.PeerCredentials;
import dev.msqd.calls.Processes;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.control.Credentials;
import dev.msqd.daemon.trace.Tracing;
import dev.msqd.layout.Durability;
import dev.msqd.queue.SystemLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rounds under a clock that the test turns. */
class HouseKeepingTest {
    @TempDir
    private Path folder;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Clients clients;
    private Queues queues;
    private long nowMs;
    private HouseKeeping houseKeeping;

    /** A client that lives (this process), and a queue. */
    @BeforeEach
    void start() {
        Registry registry = Registry.open(folder.resolve("registry"));
        HotDirectory hot = HotDirectory.open(folder.resolve("hot"), folder, registry.directoryId());
        try (ClientTable table = ClientTable.open(hot.clients())) {
            table.add(Processes.self(), Processes.effectiveUid(), Processes.startTime(Processes.self()));
        }
        Watch watch = new Watch();
        SystemLimits limits = SystemLimits.serve(hot.path());
        clients = new Clients(ClientTable.open(hot.clients()), watch,
            new Tracing(hot.traceRings(), folder.resolve("trace"), 1 << 26, limits, Threads::join));
        List<ClientTable.Entry> dead = clients.restore();
        Configuration configuration = Configuration.load(Map.of("dir", folder.toString()), Map.of(), null);
        SystemWide system = new SystemWide(limits, configuration.limits());
        queues = TestLogs.in(folder).queues(registry, hot, clients::isAlive, system,
            configuration.segmentLength(), Durability.INTERVAL, () -> 0);
        queues.open(true);
        clients.forgetDead(dead, queues);
        Credentials caller = new Credentials(new PeerCredentials(1, 1, 1, new int[0]), 0);
        queues.get(caller, 5, 01600, QueueOptions.none());
        opened.addAll(List.of(queues, clients, watch, system, hot, registry));
        houseKeeping = new HouseKeeping(queues, clients, 0);
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** Turns the crank until the given number of rounds is over; returns when each came, ms after the one before. */
    private List<Long> rounds(int count) {
        List<Long> intervals = new ArrayList<>();
        while (intervals.size() < count) {
            long dueInMs = houseKeeping.dueInMs(TimeUnit.MILLISECONDS.toNanos(nowMs));
            intervals.add(dueInMs);
            if (dueInMs == HouseKeeping.NEVER) {
                break;
            }
            nowMs += dueInMs;
            houseKeeping.run(TimeUnit.MILLISECONDS.toNanos(nowMs));
        }
        return intervals;
    }

    @Test
    void backsOffWhileThereIsNothingToDo() {
        assertEquals(1, clients.size());
        assertEquals(List.of(101L, 201L, 401L, 801L, 1601L, 1601L), rounds(6));
    }

    @Test
    void sleepsWithoutClients() {
        clients.bye(clients.get(1));
        assertEquals(0, clients.size());
        assertEquals(HouseKeeping.NEVER, rounds(10).getLast(), "asleep once every queue was settled");
    }
}
