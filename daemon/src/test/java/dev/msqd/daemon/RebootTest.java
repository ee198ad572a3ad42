package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.MsqidDs;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is back after the hot directory was lost: everything that a queue is, and its messages. */
@Timeout(120)
class RebootTest {
    /** Longer than a place in the hot file (4 MiB at most) and than a log file. */
    private static final int LONG = 5 << 20;
    private static final int KILLS = 4;
    private static final long INTERVAL_MS = 50;

    @TempDir
    private Path folder;
    private TestHost host;
    private final Map<Integer, List<TestHost.Message>> messages = new LinkedHashMap<>();
    private List<MsqidDs> queues;

    @BeforeEach
    void prepare() {
        host = new TestHost(folder, "msgmax=16M", "log.file.length=1M");
    }

    @AfterEach
    void end() {
        host.close();
    }

    /** R10, R64, R33, R58: queues that differ in everything, each used, changed and used again. */
    private void fill(Durability level) throws Exception {
        QueueOptions options = QueueOptions.none().withDurability(level);
        List<Integer> msqids = new ArrayList<>();
        try (Msqd msqd = host.connect()) {
            int removed = msqd.get("removed", Msqd.IPC_CREAT | 0600, options);
            send(msqd, removed, 1, 10);
            msqids.add(msqd.get(0x1f, Msqd.IPC_CREAT | 0600, options));
            msqids.add(msqd.get("orders", Msqd.IPC_CREAT | 0640,
                options.withQbytes(48 << 20).withRetention(new Retention(3600, 1 << 20))));
            msqids.add(msqd.get(Msqd.IPC_PRIVATE, Msqd.IPC_CREAT | 0406, options));
            msqids.add(msqd.get("unused", Msqd.IPC_CREAT | 0666, options));
            msqids.add(msqd.get("emptied", Msqd.IPC_CREAT | 0660, options));
            msqd.remove(removed);
            for (int msqid : msqids.subList(0, 3)) {
                send(msqd, msqid, 1, 3);
                receive(msqd, msqid, Selector.any(), 2);
                send(msqd, msqid, 2, 0);
                send(msqd, msqid, Long.MAX_VALUE, 1);
                send(msqd, msqid, 7, LONG);
                for (int i = 0; i < 100; i++) {
                    send(msqd, msqid, 1 + i % 5, i * 20);
                }
                receive(msqd, msqid, Selector.except(7), 40);
                receive(msqd, msqid, Selector.upTo(2), 20);
                send(msqd, msqid, 3, 1);
            }
            send(msqd, msqids.get(4), 1, 100);
            // Of what never comes into the log, times are noted every 10 seconds alone.
            while (level == Durability.INTERVAL && host.logBytes(msqids.get(4)) == 0) {
                Thread.sleep(5);
            }
            receive(msqd, msqids.get(4), Selector.any(), 1);
            if (level == Durability.SYNC) {
                // The end of a message comes into the log before msgrcv returns, its time with what comes next, or within 10 seconds.
                send(msqd, msqids.get(4), 1, 0);
            }
            msqd.set(msqids.get(1), QueueSettings.none().withMode(0644).withQbytes(32 << 20));
        }
        note();
    }

    private static void send(Msqd msqd, int msqid, long mtype, int length) {
        byte[] payload = new byte[length];
        new Random(mtype * 31 + length).nextBytes(payload);
        try (MessageQueue queue = msqd.open(msqid)) {
            assertTrue(queue.trySend(mtype, payload, 0, length));
        }
    }

    private static void receive(Msqd msqd, int msqid, Selector selector, int count) {
        try (MessageQueue queue = msqd.open(msqid)) {
            byte[] room = new byte[LONG];
            for (int i = 0; i < count && queue.tryReceive(selector, room, 0, room.length) != MessageQueue.NONE; i++) {
                // gone
            }
        }
    }

    private void note() {
        queues = host.queues();
        messages.clear();
        for (MsqidDs queue : queues) {
            messages.put(queue.msqid(), host.messages(queue.msqid()));
        }
    }

    private void everythingIsBack() {
        List<MsqidDs> found = host.queues();
        for (int i = 0; i < queues.size(); i++) {
            assertEquals(queues.get(i), found.get(i));
        }
        assertEquals(queues.size(), found.size());
        messages.forEach((msqid, list) -> assertEquals(list, host.messages(msqid)));
        // Looking on changed nothing.
        assertEquals(queues, host.queues());
    }

    private void reboot() throws Exception {
        Thread.sleep(1100); // what is set to the present shows
        host.loseHotDirectory();
        host.start();
    }

    private static void awaitLog(Durability level) throws InterruptedException {
        if (level == Durability.INTERVAL) {
            Thread.sleep(20 * INTERVAL_MS);
        }
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void everythingIsBackAfterACleanStop(Durability level) throws Exception {
        host.start();
        fill(level);
        assertTrue(messages.values().stream().anyMatch(list -> list.size() > 40));
        host.stop();
        reboot();
        everythingIsBack();
    }

    @ParameterizedTest
    @EnumSource(value = Durability.class, names = "PROCESS", mode = EnumSource.Mode.EXCLUDE)
    void everythingIsBackAfterTheDaemonWasKilled(Durability level) throws Exception {
        host.startProcess();
        fill(level);
        awaitLog(level);
        host.kill();
        reboot();
        everythingIsBack();
        // What was made new can be used, and lost again.
        try (Msqd msqd = host.connect()) {
            for (MsqidDs queue : queues) {
                send(msqd, queue.msqid(), 4, 5000);
                receive(msqd, queue.msqid(), Selector.any(), 1);
                send(msqd, queue.msqid(), 4, 6000);
            }
        }
        note();
        host.stop();
        reboot();
        everythingIsBack();
    }

    @ParameterizedTest
    @EnumSource(value = Durability.class, names = "PROCESS", mode = EnumSource.Mode.EXCLUDE)
    void everythingIsBackAfterTheDaemonWasKilledAsItPutThingsBack(Durability level) throws Exception {
        host.startProcess();
        fill(level);
        awaitLog(level);
        host.kill();
        host.loseHotDirectory();
        long seed = System.nanoTime();
        System.out.println("reboot: seed " + seed);
        Random random = new Random(seed);
        int hot = 0;
        for (int round = 0; round < KILLS; round++) {
            host.launch();
            while (!host.hot().toFile().exists()) {
                Thread.sleep(1); // the JVM starts
            }
            Thread.sleep(random.nextInt(150));
            host.kill();
            if (random.nextBoolean()) {
                host.loseHotDirectory();
                hot++;
            }
        }
        System.out.println("reboot: " + hot + " of " + KILLS + " starts from nothing");
        reboot();
        everythingIsBack();
    }

    /** One sync for many messages: once it returned they are all there, in order, and what was received is not. */
    @Test
    void whatWasSentUnsyncedIsThereAfterSync() throws Exception {
        host.startProcess();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.SYNC));
            try (MessageQueue queue = msqd.open(msqid)) {
                UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
                for (int i = 1; i <= 2000; i++) {
                    queue.sendUnsynced(i, message, 0, message.capacity());
                }
                receive(msqd, msqid, Selector.any(), 3);
                queue.sync();
            }
            host.kill();
            host.loseHotDirectory();
        }
        host.start();
        List<TestHost.Message> left = host.messages(host.queues().getFirst().msqid());
        assertEquals(LongStream.rangeClosed(4, 2000).boxed().toList(),
            left.stream().map(TestHost.Message::mtype).toList());
    }

    /** A queue whose daemon was killed right after a receive: the message does not come back, whatever is told of its time. */
    @Test
    void lastReceiveOfASyncQueueHolds() throws Exception {
        host.startProcess();
        try (Msqd msqd = host.connect()) {
            int msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(Durability.SYNC));
            for (int i = 1; i <= 5; i++) {
                send(msqd, msqid, i, i);
            }
            receive(msqd, msqid, Selector.any(), 2);
            host.kill();
            host.loseHotDirectory();
        }
        host.start();
        List<TestHost.Message> left = host.messages(host.queues().getFirst().msqid());
        assertEquals(List.of(3L, 4L, 5L), left.stream().map(TestHost.Message::mtype).toList());
    }
}
