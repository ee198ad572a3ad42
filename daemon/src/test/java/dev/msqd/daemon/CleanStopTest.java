package dev.msqd.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.msqd.client.MessageQueue;
import dev.msqd.client.Msqd;
import dev.msqd.client.QueueOptions;
import dev.msqd.client.QueueSettings;
import dev.msqd.client.Retention;
import dev.msqd.layout.Durability;
import dev.msqd.queue.Selector;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a daemon that is stopped in good order leaves, and that nobody takes it for news later. */
@Timeout(120)
class CleanStopTest {
    private static final int MESSAGES = 1000;

    @TempDir
    private Path folder;
    private TestHost host;
    private int msqid;

    @BeforeEach
    void prepare() {
        host = new TestHost(folder);
    }

    @AfterEach
    void end() {
        host.close();
    }

    private void make(Durability level) {
        try (Msqd msqd = host.connect()) {
            msqid = msqd.get("orders", Msqd.IPC_CREAT | 0600, QueueOptions.none().withDurability(level));
        }
    }

    private void send(int first, int count) {
        byte[] payload = new byte[8];
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            for (int i = first; i < first + count; i++) {
                payload[0] = (byte) i;
                payload[1] = (byte) (i >> 8);
                assertTrue(queue.trySend(1, payload, 0, payload.length));
            }
        }
    }

    private void receive(int first, int count) {
        byte[] payload = new byte[8];
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            for (int i = first; i < first + count; i++) {
                assertEquals(payload.length, queue.tryReceive(Selector.any(), payload, 0, payload.length));
                assertEquals(i, payload[0] & 0xff | (payload[1] & 0xff) << 8);
            }
        }
    }

    private void nothingIsLeft() {
        assertEquals(0, host.queues().getFirst().qnum());
        assertEquals(List.of(), host.messages(msqid));
    }

    private LogCheck check() throws Exception {
        StoredQueue queue = StoredData.of(host.data(), host.hot()).queues().getFirst();
        return LogCheck.of(queue.log(), queue.uuid());
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void saysSoInTheLogAndHoldsAllMessages(Durability level) throws Exception {
        host.startProcess();
        make(level);
        send(0, MESSAGES);
        receive(0, 100);
        host.stop();
        LogCheck check = check();
        assertTrue(check.cleanStop());
        assertTrue(check.complete());
        assertEquals(MESSAGES - 100, check.messages());
        assertEquals(List.of(), check.damage());
        assertEquals("", check.tornTail());
        host.loseHotDirectory();
        host.start();
        receive(100, MESSAGES - 100);
        nothingIsLeft();
    }

    /** The hot directory is still there: then it holds the truth. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void nothingComesTwiceWhenTheHotDirectoryOutlivedTheStop(Durability level) throws Exception {
        host.start();
        make(level);
        send(0, MESSAGES);
        host.stop();
        host.start();
        receive(0, MESSAGES);
        nothingIsLeft();
        host.stop();
        host.start();
        nothingIsLeft();
        host.stop();
        host.loseHotDirectory();
        host.start();
        nothingIsLeft();
    }

    /** What clients did while no daemon ran counts as well. */
    @ParameterizedTest
    @EnumSource(value = Durability.class, names = "SYNC", mode = EnumSource.Mode.EXCLUDE)
    void whatHappensBetweenTwoDaemonsIsInTheLogOfTheSecond(Durability level) throws Exception {
        host.start();
        make(level);
        send(0, MESSAGES);
        byte[] payload = new byte[8];
        try (Msqd msqd = host.connect(); MessageQueue queue = msqd.open(msqid)) {
            host.stop();
            for (int i = 0; i < MESSAGES / 2; i++) {
                assertEquals(payload.length, queue.tryReceive(Selector.any(), payload, 0, payload.length));
            }
            payload[0] = (byte) MESSAGES;
            payload[1] = (byte) (MESSAGES >> 8);
            assertTrue(queue.trySend(1, payload, 0, payload.length));
            host.start();
        }
        host.stop();
        host.loseHotDirectory();
        host.start();
        receive(MESSAGES / 2, MESSAGES / 2 + 1);
        nothingIsLeft();
    }

    /** A stop writes the messages of level process; the daemon after it must not leave that to be found when they are gone. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void messagesOfAStopAreNotFoundAgainAfterALaterPowerCut(Durability level) throws Exception {
        host.startProcess();
        make(level);
        send(0, MESSAGES);
        host.stop();
        host.startProcess();
        receive(0, MESSAGES);
        if (level == Durability.INTERVAL) {
            Thread.sleep(1000);
        }
        host.kill();
        host.loseHotDirectory();
        host.start();
        nothingIsLeft();
    }

    /** A level that is raised or lowered leaves the stop what it has to do. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void holdsAllMessagesWhateverTheLevelWasBefore(Durability level) throws Exception {
        host.start();
        for (Durability before : Durability.values()) {
            make(before);
            send(0, 10);
            try (Msqd msqd = host.connect()) {
                msqd.set(msqid, QueueSettings.none().withDurability(level));
            }
            send(10, 10);
            host.stop();
            host.loseHotDirectory();
            host.start();
            assertEquals(level, host.queues().getFirst().durability());
            receive(0, 20);
            nothingIsLeft();
            try (Msqd msqd = host.connect()) {
                msqd.remove(msqid);
            }
            assertFalse(host.log(msqid).toFile().exists());
        }
    }

    /** History holds messages that were received before they came into the log: they are not queued, whoever reads the log next. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void historyDoesNotComeBack(Durability level) throws Exception {
        host.startProcess();
        make(level);
        try (Msqd msqd = host.connect()) {
            msqd.set(msqid, QueueSettings.none().withRetention(new Retention(3600, 0)));
        }
        for (int round = 0; round < 10; round++) {
            send(0, MESSAGES / 10);
            receive(0, MESSAGES / 10);
        }
        host.stop();
        LogCheck check = check();
        assertEquals(0, check.messages());
        if (level != Durability.PROCESS) {
            assertTrue(host.logBytes(msqid) > MESSAGES * 8, "no history: " + check);
        }
        host.loseHotDirectory();
        host.start();
        nothingIsLeft();
    }
}
